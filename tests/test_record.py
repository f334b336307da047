"""Records: what is laid over them."""

from __future__ import annotations

from datetime import date

from builder.record import Record

DAY = date(2026, 1, 6)


def test_what_is_assigned_may_be_the_business_date_which_is_no_field() -> None:
    record = Record("delivery", 1, {"remark": "old"}, business_date=date(2026, 1, 9))
    assigned = record.assigned({"remark": "new", "business_date": DAY})
    assert assigned.business_date == DAY
    assert dict(assigned.values) == {"remark": "new"}


def test_what_is_assigned_leaves_the_day_where_nobody_names_it() -> None:
    record = Record("delivery", 1, {}, business_date=DAY)
    assert record.assigned({"remark": "new"}).business_date == DAY
