"""Settings: a pattern that is none, and a default that the setting itself would refuse."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, called
from builder.metadata.kinds import place
from builder.metadata.patterns import PatternError, compile_pattern
from builder.metadata.settings import exact_setting


def find(facts: Facts) -> Iterable[Problem]:
    for index, setting in enumerate(facts.package.app.settings):
        path = place(("app", "app"), "settings", index)
        if setting.type == "choice" and not setting.options:
            yield Problem("E198", f"{path}/options", {"setting": called(setting)})
        elif setting.pattern and not _is_pattern(setting.pattern):
            yield Problem("E209", f"{path}/pattern", {"setting": called(setting)})
        elif isinstance(exact_setting(setting, setting.default), Problem):
            yield Problem("E199", f"{path}/default", {"setting": called(setting)})


def _is_pattern(source: str) -> bool:
    try:
        compile_pattern(source)
    except PatternError:
        return False
    return True


CHECK = Check("setting_values", ("E198", "E199", "E209"), find)
