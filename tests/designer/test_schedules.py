"""A schedule by picking: what people pick and what the rule says are the same, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from builder.designer.sentences import rules, schedules
from builder.metadata.cron import parse

ACTION = {
    "then.0.kind": ["notify"],
    "then.0.to": ["owner"],
    "then.0.title.zh": ["看"],
    "then.0.title.en": ["Look"],
}


@pytest.mark.parametrize(
    ("cron", "working", "every"),
    [
        ("0 8 * * *", None, "day"),
        ("30 17 * * *", "only", "worked"),
        ("0 9 * * 1,3,0", None, "week"),
        ("0 9 31 * *", None, "month"),
        ("0 9 L * *", "next", "month"),
        ("0 9 15 * *", "previous", "month"),
        ("0 9 3 * *", "count", "month_worked"),
        ("0 9 L * *", "count", "month_worked"),
        ("15 * * * *", None, "hour"),
        ("*/10 9-17 * * *", None, "other"),
        ("0 9,17 * * *", "only", "other"),
        ("0 9 1 1 *", None, "other"),
        ("0 9 1,15 * *", None, "other"),
        ("0 9 1 * 1", None, "other"),
        ("0 9 */2 * *", None, "other"),
        ("0 9 * * 1", "only", "other"),
        ("0 9 1 * *", "only", "other"),
        ("no schedule", "next", "other"),
    ],
)
def test_what_a_rule_says_is_picked_and_said_again(cron: str, working: str | None, every: str) -> None:
    when: dict[str, Any] = {"kind": "schedule", "entity": "order", "cron": cron}
    if working:
        when["working_days"] = working
    form = rules.to_form({"when": when, "then": []})
    assert form["when.every"] == [every]
    again = rules.from_form({**form, **ACTION}, {})["when"]
    assert again.get("working_days") == working
    assert again["cron"] == cron or (every == "week" and parse(again["cron"]) == parse(cron))


def test_what_was_not_picked_yet_is_eight_in_the_morning_of_the_first() -> None:
    assert schedules.from_form({"when.every": ["day"]}) == {"cron": "0 8 * * *"}
    assert schedules.from_form({"when.every": ["week"]}) == {"cron": "0 8 * * 1"}
    assert schedules.from_form({"when.every": ["month_worked"], "when.at": ["25:00"]}) == {
        "cron": "0 8 1 * *",
        "working_days": "count",
    }
    assert schedules.from_form({"when.every": ["month"], "when.day": ["30; rm"]}) == {"cron": "0 8 1 * *"}


def test_a_relative_date_says_what_days_off_mean() -> None:
    when = {
        "kind": "relative_date",
        "entity": "order",
        "date_field": "due",
        "days": -3,
        "working_days": "count",
    }
    form = rules.to_form({"when": when, "then": []})
    assert rules.from_form({**form, **ACTION}, {})["when"] == when
