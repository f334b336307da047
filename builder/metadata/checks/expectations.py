"""Expectations of scenarios: written as they are read, and of what there is; else a run would end before it compares anything."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at
from builder.metadata.expectations import MALFORMED, UNKNOWN, misshapen, unknown_names


def find(facts: Facts) -> Iterable[Problem]:
    for scenario in facts.package.scenarios:
        for index, step in enumerate(scenario.steps):
            if step.expect == {}:
                continue
            where = at("scenario", scenario.key, "steps", index, "expect")
            wrong = list(misshapen(step.expect, where))
            yield from wrong or unknown_names(facts.package, step.expect, where)


CHECK = Check("expectations", (MALFORMED, UNKNOWN), find)
