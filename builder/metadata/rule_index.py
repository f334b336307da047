"""Rule index: which rules wait for what, so that a save that concerns none of them does not look at any. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builder.metadata.rule import Rule

Rules = tuple[Rule, ...]
FIELDS = frozenset({"record_changed", "line_changed"})
LINES = frozenset({"line_added", "line_changed", "line_removed"})


def _order(rule: Rule) -> tuple[int, str]:
    return rule.order, rule.key


class RuleIndex:
    """The enabled rules of a package by what wakes them, each list in declared order."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        enabled = sorted((r for r in rules if r.enabled), key=_order)
        self._by: dict[tuple[str, str], Rules] = {}
        self._of: dict[str, Rules] = {}
        self._any: dict[tuple[str, str], Rules] = {}
        self._fields: dict[tuple[str, str], dict[str, Rules]] = {}
        for rule in enabled:
            self._put(rule)
        self.lines = frozenset(r.when.entity or "" for r in enabled if r.when.kind in LINES)
        """Entities of lines that some rule watches."""
        self.corrected = frozenset(r.when.entity or "" for r in enabled if r.timing == "before")
        """Entities whose records some rule corrects before they are kept."""

    def _put(self, rule: Rule) -> None:
        when = rule.when
        at = (when.kind, when.entity or "")
        _add(self._by, at, rule)
        _add(self._of, when.entity or "", rule)
        if when.kind not in FIELDS:
            return
        if not when.fields:
            _add(self._any, at, rule)
        heads = dict.fromkeys(field.partition(".")[0] for field in when.fields)
        for head in heads:
            _add(self._fields.setdefault(at, {}), head, rule)

    def woken(self, kind: str, entity: str) -> Rules:
        """Rules that wait for that kind of event about records of that entity."""
        return self._by.get((kind, entity), ())

    def changed(self, kind: str, entity: str, fields: frozenset[str]) -> Rules:
        """Those of them that watch one of ``fields``, or all."""
        always = self._any.get((kind, entity), ())
        watched = self._fields.get((kind, entity))
        if watched is None:
            return always
        found = {r.key: r for field in fields for r in watched.get(field, ())}
        return tuple(sorted((*always, *found.values()), key=_order)) if found else always

    def about(self, entity: str) -> Rules:
        """Every rule that events about that entity wake."""
        return self._of.get(entity, ())


def _add(where: dict[Any, Rules], at: Any, rule: Rule) -> None:
    where[at] = (*where.get(at, ()), rule)
