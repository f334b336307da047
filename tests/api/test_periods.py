"""Periods over HTTP: state, history and checklist; closing with what is accepted, reopening with a reason."""

from __future__ import annotations

from typing import Any

from tests.api.caller import Api, good, paths, refused
from tests.api.test_apps import received

PERIODS = "/apps/shop/ledgers/stock/periods"


def draft(api: Api, goods: str) -> Any:
    body = {"business_date": "2026-01-03", "lines": [{"goods": goods, "quantity": "1"}]}
    return api.boss.make("/apps/shop/receipt", body)


def test_the_checklist_names_what_is_in_the_way_and_where(api: Api) -> None:
    made = draft(api, received(api, "A", "5", "2026-01-02"))
    shown = api.boss.read(PERIODS, {"through": "2026-01-04"})
    assert (shown["closed_through"], shown["through"], shown["history"]) == (None, "2026-01-04", [])
    [hurdle] = [h for h in shown["checklist"] if h["code"] == "PERIOD_UNAPPROVED"]
    assert hurdle["items"][0]["href"] == f"/a/shop/receipt/{made['id']}"
    assert hurdle["text"]["en"].startswith("Receipt")
    body = refused(api.boss.post(PERIODS, {"through": "2026-01-04"}), 422, "PERIOD_BLOCKED")
    assert [p["code"] for p in body["errors"]] == ["PERIOD_UNAPPROVED"]


def test_closing_accepts_with_a_reason_and_reopening_is_kept(api: Api) -> None:
    draft(api, received(api, "A", "5", "2026-01-02"))
    accepted = {"through": "2026-01-04", "accept": ["PERIOD_UNAPPROVED"], "reason": "next month"}
    assert good(api.boss.post(PERIODS, accepted), 201)["accepted"] == ["PERIOD_UNAPPROVED"]
    # Whatever page or program asks: why days that were closed are open again is always kept.
    for body in ({"through": None}, {"through": None, "reason": " "}, None):
        assert paths(refused(api.boss.delete(PERIODS, body), 422)) == {("/reason", "REQUIRED")}
    good(api.boss.delete(PERIODS, {"through": None, "reason": "a bill was missing"}))
    history = api.boss.read(PERIODS)["history"]
    assert [(t["reopened"], t["reason"]) for t in history] == [
        (True, "a bill was missing"),
        (False, "next month"),
    ]
    assert all(t["at"] and t["by"] for t in history)


def test_who_sees_nothing_of_the_ledger_sees_nothing_of_its_periods(api: Api) -> None:
    refused(api.clerk.get(PERIODS), 404, "NOT_FOUND")
    refused(api.clerk.post(PERIODS, {"through": "2026-01-04"}), 403, "FORBIDDEN")


def test_a_ledger_that_is_not_replayed_says_so(api: Api) -> None:
    refused(api.boss.post("/apps/shop/ledgers/stock/replay", {}), 422, "REPLAY_NONE")
