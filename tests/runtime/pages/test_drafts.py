"""Drafts: a button that made a draft leads there until somebody has submitted it."""

from __future__ import annotations

from typing import Any

from builder.runtime.installing import template
from builder.runtime.pages.drafts import drafts_of


def link(id: str, stands: str, **said: Any) -> dict[str, Any]:
    one = {"direction": "to", "kind": "to_report", "depth": 1, "entity": "work_report"}
    return one | {"id": id, "title": f"BGD-{id}", "stands": stands} | said


def test_only_drafts_that_this_record_made_are_offered_the_newest_first() -> None:
    links = [
        link("a", "draft"),
        link("b", "submitted"),
        link("c", "approved"),
        link("d", "draft", depth=2),
        link("e", "draft", direction="from"),
        link("f", "draft"),
        link("g", "draft", kind="to_outsourcing", entity="outsourcing_order"),
    ]
    assert drafts_of("mill", template("discrete_mfg").package, links) == {
        "to_report": [
            {"title": "BGD-f", "url": "/a/mill/work_report/f/made"},
            {"title": "BGD-a", "url": "/a/mill/work_report/a/made"},
        ],
        "to_outsourcing": [{"title": "BGD-g", "url": "/a/mill/outsourcing_order/g/made"}],
    }
