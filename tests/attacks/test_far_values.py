"""Days, numbers and names at the edge of what can be said: an address that holds them is answered, and costs nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from builder.designer.edits.change import parts_of
from builder.designer.sentences.schedules import _clock
from builder.errors import InvalidError
from builder.metadata.report import Parameter
from builder.runtime.api.reports import number_of
from builder.runtime.reporting.buckets import days_in, is_label
from builder.runtime.reporting.parameters import read_parameters
from builder.workflow.mirror.drawn import read_steps
from tests.runtime.office import Office

FAR = ("0001-01-01", "9999-12-31", "²", "9" * 19, "9" * 5000, "NaN", "sNaN", "1e999999999", "9" * 19 + "-1")
PLACES = (
    "/a/shop/runs?since={0}",
    "/a/shop/runs?until={0}",
    "/a/shop/runs?after={0}",
    "/a/shop/runs/{0}",
    "/a/shop/mirror?from={0}",
    "/a/shop/mirror?to={0}",
    "/a/shop/ledgers/stock/movements?from={0}&to={0}",
    "/design/shop/versions/{0}",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("far", FAR)
def test_an_address_with_far_values_is_answered(office: Office, place: str, far: str) -> None:
    assert office.client("boss").get(place.format(far)).status_code in {200, 400, 404, 422}


@pytest.mark.parametrize("sent", ["NaN", "sNaN", "Infinity", "1e999999999", "1e-999999999", "9" * 400])
def test_a_parameter_is_no_number_beyond_all_measure(office: Office, sent: Any) -> None:
    amount = Parameter("p", "amount", "Amount", "decimal")
    with office.world.reading() as ctx, pytest.raises(InvalidError):
        read_parameters(ctx, (amount,), {"amount": sent})


@pytest.mark.parametrize(("sent", "means"), [("²", 0), ("9" * 5000, 0), ("", 0), ("7", 7), ("900", 100)])
def test_a_count_in_an_address_is_plain_digits(sent: str, means: int) -> None:
    assert number_of(sent, 100) == means


@pytest.mark.parametrize("bucket", ["week", "month", "quarter", "year", "age"])
def test_only_labels_of_periods_name_periods(bucket: str) -> None:
    wrong = ["²", "NaN", "1e999999999", "", "-", "today", "\0", ">-"]
    wrong += ["9" * 5000] if bucket in {"month", "quarter", "age"} else []
    assert not [text for text in wrong if is_label(text, bucket)]
    assert is_label({"week": "2026-W05", "quarter": "2026-Q4", "age": ">90"}.get(bucket, "2026-02"), bucket)


def test_the_last_month_of_the_calendar_ends_with_it() -> None:
    assert days_in("9999-12", "month") == (date(9999, 12, 1), date.max)


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_ticket_is_due_within_the_calendar(office: Office, due: str) -> None:
    body = {"fields": {"title": "Look", "due_at": due}}
    sent = office.client("boss").post(f"/api/v1/apps/shop/goods/{office.show('rice')}/tickets", json=body)
    assert sent.status_code == 422


@pytest.mark.parametrize("digits", ["²", "9" * 5000])
def test_forms_hold_counts_of_plain_digits(office: Office, digits: str) -> None:
    step = {"label": "Call", "who": "", "means": "wechat", "by": ""}
    drawn, problems = read_steps([{**step, "minutes": digits}], ())
    assert not drawn
    assert [p.code for p in problems] == ["MAP_MINUTES"]
    assert _clock(f"{digits}:00") == (8, 0)
    assert parts_of(f"/fields/{digits}") == ("fields", digits)
