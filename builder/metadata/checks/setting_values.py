"""Settings: a pattern that is none, a default that the setting itself would refuse, values of a choice that have no words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, called, warning
from builder.metadata.kinds import place
from builder.metadata.patterns import PatternError, compile_pattern
from builder.metadata.report import Setting
from builder.metadata.settings import exact_setting, option_names
from builder.metadata.text import LOCALES, in_locale


def find(facts: Facts) -> Iterable[Problem]:
    for index, setting in enumerate(facts.package.app.settings):
        path = place(("app", "app"), "settings", index)
        if setting.type == "choice" and not setting.options:
            yield Problem("E198", f"{path}/options", {"setting": called(setting)})
        elif setting.pattern and not _is_pattern(setting.pattern):
            yield Problem("E209", f"{path}/pattern", {"setting": called(setting)})
        elif isinstance(exact_setting(setting, setting.default), Problem):
            yield Problem("E199", f"{path}/default", {"setting": called(setting)})
        yield from _wordless(setting, path)


def _wordless(setting: Setting, path: str) -> Iterator[Problem]:
    """A choice is told in the words that its help has for each value; without them people would read its keys."""
    if setting.type == "choice" and not all(
        option_names(setting.options, in_locale(setting.help, locale)) for locale in LOCALES
    ):
        known = {"setting": called(setting), "form": "; ".join(f"{key}: …" for key in setting.options)}
        yield warning("E213", f"{path}/help", known)


def _is_pattern(source: str) -> bool:
    try:
        compile_pattern(source)
    except PatternError:
        return False
    return True


CHECK = Check("setting_values", ("E198", "E199", "E209", "E213"), find)
