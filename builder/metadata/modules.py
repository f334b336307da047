"""Modules: parts of an app that its owner switches off and on. What is off is not there for people and programs; its data stay. Pure.

Each part is a setting of its own (``module_<key>``), so that switching it needs no new version and is kept with its history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.metadata.text import Text

PREFIX = "module_"


@dataclass(frozen=True, slots=True)
class Module:
    """A part of an app: the entities (with their lines), reports, dashboards, ledgers and rules that are there only while it is on. Menu entries and
    views go with what they open. ``default`` says whether it is on before anybody chose."""

    uid: str
    key: str
    label: Text
    help: Text | None = None
    entities: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    ledgers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    default: bool = True

    @property
    def setting(self) -> str:
        """The key of the setting that switches it."""
        return f"{PREFIX}{self.key}"

    def is_on(self, settings: Mapping[str, Any]) -> bool:
        """Whether it is on, with these values of settings."""
        value = settings.get(self.setting)
        return self.default if value is None else bool(value)


def parts_off(modules: tuple[Module, ...], settings: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """What is not there: (``entities``, ``reports``, ``dashboards``, ``ledgers`` or ``rules``; key). What several parts name is there while one of
    them is on."""
    named = [
        (module.is_on(settings), (what, key))
        for module in modules
        for what in ("entities", "reports", "dashboards", "ledgers", "rules")
        for key in getattr(module, what)
    ]
    return frozenset(one for _, one in named) - {one for is_on, one in named if is_on}
