"""By which way a command came: told from who asks and what is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, request

from builder.commands import (
    Actor,
    CreateRecord,
    FireTransitions,
    RunRule,
    TakeHook,
    UpdateRecord,
    WriteRecords,
)
from builder.metadata.loading import load_trusted
from builder.runtime.channels import through
from builder.web.form_factor import form_factor
from tests.runtime.shop import shop_nodes

CREATE = CreateRecord("shop", "order", {})


def channel(kind: Any, command: Any, came: str = "") -> str:
    package = load_trusted(shop_nodes())
    return through(Actor(1, 7, kind=kind, channel=came), command, package).channel


def test_people_keep_the_way_by_which_they_came_and_programs_are_programs() -> None:
    assert channel("user", CREATE, "phone") == "phone"
    assert channel("token", CREATE) == "api"
    assert channel("user", CREATE) == ""
    assert channel("system", CREATE) == ""


def test_many_at_once_are_bulk_unless_they_came_by_an_import() -> None:
    rows = WriteRecords("shop", "order", ())
    assert channel("user", rows, "desk") == "bulk"
    assert channel("user", rows, "import") == "import"
    assert channel("user", FireTransitions("shop", "order", (1,), "submit"), "phone") == "bulk"
    assert channel("user", UpdateRecord("shop", "order", 1, {}), "desk") == "desk"


def test_rules_that_run_later_and_what_the_clock_does_are_told_apart() -> None:
    package = load_trusted(shop_nodes())
    (rule,) = package.rules
    run, clock = RunRule("shop", rule.key, "order", 1, "k"), Actor(1, 0, kind="timer")
    assert through(clock, run, package).channel == "rule"
    nightly = replace(rule, when=replace(rule.when, kind="schedule"))
    assert through(clock, run, replace(package, rules=(nightly,))).channel == "schedule"
    assert channel("timer", CREATE) == "schedule"
    hook = TakeHook.__new__(TakeHook)
    assert channel("timer", hook) == "api"


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, "desk"),
        ({"X-Form-Factor": "phone"}, "phone"),
        ({"X-Form-Factor": "toaster"}, "desk"),
        ({"Sec-CH-UA-Mobile": "?1"}, "phone"),
        ({"Sec-CH-UA-Mobile": "?0", "Cookie": "zg_form=phone"}, "desk"),
        ({"Cookie": "zg_form=phone"}, "phone"),
        ({"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36"}, "phone"),
    ],
)
def test_a_browser_says_what_it_is(headers: dict[str, str], form: str) -> None:
    with Flask(__name__).test_request_context(headers=headers):
        assert form_factor(request) == form
