"""Closing a period: what is in the way is named with a place to go to; who closed and reopened it is kept."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from builder.commands import ClosePeriod, CreateRecord
from builder.errors import ForbiddenError, InvalidError, RefusedError
from builder.runtime.api.periods import periods_as_json
from builder.web.locale import Messages
from tests.runtime.depot import depot_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.test_replay import Depot
from tests.runtime.world import World

END = "2026-01-10"


@pytest.fixture
def depot(empty: World) -> Depot:
    nodes = depot_nodes("append")
    nodes["ledger", "stock"] = {**nodes["ledger", "stock"], "close_role": "clerk", "back_date_role": "boss"}
    nodes["health", "nameless"] = {
        "uid": "health.nameless",
        "key": "nameless",
        "label": {"zh-CN": "没有备注的发货", "en": "Issues without a remark"},
        "help": {"zh-CN": "写明为什么发货", "en": "Say why"},
        "kind": "records",
        "entity": "issue",
        "filter": {"field": "remark", "op": "=", "value": "?"},
        "close": True,
    }
    empty.install(nodes, "depot")
    return Depot(empty).start()


def close(depot: Depot, **more: Any) -> Any:
    return depot.world.send(ClosePeriod("depot", "stock", END, **more))


def state(depot: Depot) -> dict[str, Any]:
    with depot.world.reading() as ctx:
        return periods_as_json(ctx, Messages.load(), "stock", date.fromisoformat(END))


def draft(depot: Depot, entity: str, day: int, **line: Any) -> Any:
    values = {"business_date": f"2026-01-{day:02}", "lines": [depot.line(**line)]}
    return depot.world.send(CreateRecord("depot", entity, values))


def test_an_unapproved_document_of_the_period_is_in_the_way_by_name(depot: Depot) -> None:
    made = draft(depot, "receipt", 8, quantity=5, amount=50)
    draft(depot, "receipt", 12, quantity=5, amount=50)
    [hurdle] = state(depot)["checklist"]
    assert (hurdle["code"], hurdle["severity"], hurdle["count"]) == ("PERIOD_UNAPPROVED", "overridable", 1)
    assert hurdle["items"][0]["title"] == made["number"]
    assert hurdle["items"][0]["href"] == f"/a/depot/receipt/{made['id']}"
    assert "filter" in hurdle["href"]
    said = hurdle["text"]
    assert (
        said["en"]
        == "Receipt of the period is not approved yet: approve it, void it, or date it after the close"
    )
    assert "先审核或作废" in said["zh-CN"]
    with pytest.raises(RefusedError) as refused:
        close(depot)
    [problem] = refused.value.problems
    assert (problem.code, problem.params["title"]) == ("PERIOD_UNAPPROVED", made["number"])


def test_what_may_be_accepted_takes_a_reason_that_is_kept(depot: Depot) -> None:
    draft(depot, "receipt", 8, quantity=5, amount=50)
    with pytest.raises(InvalidError):
        close(depot, accept=("PERIOD_UNAPPROVED",))
    answer = close(depot, accept=("PERIOD_UNAPPROVED",), reason="Comes next month")
    assert answer["accepted"] == ["PERIOD_UNAPPROVED"]
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-03", reopen=True, reason="A bill was forgotten"))
    found = state(depot)
    assert found["closed_through"] == "2026-01-03"
    assert [(t["through"], t["reopened"], t["reason"]) for t in found["history"]] == [
        ("2026-01-03", True, "A bill was forgotten"),
        (END, False, "Comes next month"),
    ]


def test_a_package_says_what_else_must_be_in_order(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=50)
    values = {"business_date": "2026-01-07", "remark": "?", "lines": [depot.line(quantity=1)]}
    depot.world.create("issue", values, submit=True)
    codes = {h["code"]: h for h in state(depot)["checklist"]}
    assert codes["HEALTH:nameless"]["text"]["en"] == "Issues without a remark"
    assert codes["HEALTH:nameless"]["items"][0]["href"].startswith("/a/depot/issue/")
    assert codes["PERIOD_UNCOUNTED"]["severity"] == "note"
    close(depot, accept=("HEALTH:nameless",), reason="Known")


def test_an_issue_at_no_cost_is_named_by_its_document(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=0)
    made = depot.post("issue", 7, quantity=1)
    codes = {h["code"]: h for h in state(depot)["checklist"]}
    item = codes["PERIOD_NO_COST"]["items"][0]
    assert item["href"] == f"/a/depot/issue/{made['id']}"
    assert item["title"] == f"{made['number']} · Pen · Main"


def test_the_ledger_names_who_else_may_close_it(depot: Depot) -> None:
    clerk = depot.world.person("clerk", "clerk")
    assert depot.world.send(ClosePeriod("depot", "stock", END), actor=clerk)["closed_through"] == END
    boss = depot.world.person("boss", "boss")
    depot.world.send(ClosePeriod("depot", "stock", None, reopen=True, reason="Forgotten"), actor=boss)
    other = depot.world.person("other")
    with pytest.raises((ForbiddenError, Exception)):
        depot.world.send(ClosePeriod("depot", "stock", END), actor=other)


def test_who_may_not_back_date_posts_today(depot: Depot) -> None:
    clerk = depot.world.person("clerk", "clerk")
    with pytest.raises(RefusedError) as refused:
        depot.world.create(
            "receipt",
            {"business_date": "2026-01-06", "lines": [depot.line(quantity=1, amount=1)]},
            submit=True,
            actor=clerk,
        )
    assert [p.code for p in refused.value.problems] == ["BACK_DATE_FORBIDDEN"]
    today = {"lines": [depot.line(quantity=1, amount=1)]}
    depot.world.create("receipt", today, submit=True, actor=clerk)


def test_a_late_issue_names_the_day_and_the_document_that_it_would_break(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=50)
    first = depot.post("issue", 10, quantity=4)
    depot.post("receipt", 12, quantity=9, amount=90)
    with pytest.raises(RefusedError) as refused:
        depot.post("issue", 8, quantity=3)
    short, later = refused.value.problems
    assert (short.code, short.params["day"].isoformat()) == ("SHORT", "2026-01-10")
    assert (later.code, later.params["title"]) == ("LATER_DOCUMENT", first["number"])
    assert later.params["href"] == f"/a/depot/issue/{first['id']}"


def test_what_is_said_of_many_is_said_once_with_the_first_five(depot: Depot) -> None:
    numbers = [draft(depot, "receipt", 8, quantity=5, amount=50)["number"] for _ in range(7)]
    depot.world.person("anna", admin=True)
    page = signed_in(depot.world, "anna").get(f"/a/depot/ledgers/stock/close?through={END}")
    (rows,) = re.findall(r'<ul class="plain-rows">(.*?)</ul>', page.get_data(as_text=True), re.DOTALL)
    assert rows.count("<li>") == 1
    assert sum(number in rows for number in numbers) == rows.count("<a href") == 5
    assert re.search(r"and 2 more|另有 2 条", rows)
    assert len(re.findall(r"not approved yet|未审核", rows)) == 1


def test_one_document_is_named_without_more(depot: Depot) -> None:
    draft(depot, "receipt", 8, quantity=5, amount=50)
    depot.world.person("anna", admin=True)
    page = signed_in(depot.world, "anna").get(f"/a/depot/ledgers/stock/close?through={END}")
    assert not re.search(r"and \d+ more|另有 \d+ 条", page.get_data(as_text=True))
