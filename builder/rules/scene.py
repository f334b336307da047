"""Scene: what is at hand where a condition is judged or an action decides: a record, how it was, and what stands around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from builder.expressions import Expression
from builder.metadata.text import LOCALES, Text
from builder.record import Record, Value
from builder.rules.context import Context
from builder.rules.wording import Around, Place, Said, displayed, said

OUTER, PAYLOAD = "outer", "payload"


class Scene(NamedTuple):
    """``old`` is the record before the event, ``parent`` the document of a line, ``outer`` the scene of the action that goes through records
    and is at this one now, ``payload`` the message from outside that woke the rule. ``place`` is where a line stands in its document."""

    record: Record
    old: Record | None = None
    parent: Record | None = None
    outer: Scene | None = None
    payload: Mapping[str, Any] | None = None
    place: str = ""

    def values(self, context: Context, paths: Iterable[str]) -> dict[str, Value]:
        """The value of every path; what cannot be reached is None."""
        if self.outer is None and self.payload is None:
            return context.values(paths, self.record, parent=self.parent, old=self.old)
        around, own = self._apart(context, paths)
        found = context.values(own, self.record, parent=self.parent, old=self.old) if own else {}
        rests: list[str] = []
        for path in around:
            head, _, rest = path.partition(".")
            if head == PAYLOAD:
                found[path] = told(self.payload or {}, rest)
            else:
                rests.append(rest)
        if rests and self.outer is not None:
            found |= {f"{OUTER}.{k}": v for k, v in self.outer.values(context, rests).items()}
        return found

    def _apart(self, context: Context, paths: Iterable[str]) -> tuple[list[str], list[str]]:
        """Paths to what stands around, and the record's own. A field of that name comes first."""
        around: list[str] = []
        own: list[str] = []
        fields = context.fields(self.record.entity)
        for path in paths:
            (around if self._stands_around(path) and path.partition(".")[0] not in fields else own).append(
                path
            )
        return around, own

    def _stands_around(self, path: str) -> bool:
        head, dot, _ = path.partition(".")
        return bool(dot) and (
            (head == OUTER and self.outer is not None) or (head == PAYLOAD and self.payload is not None)
        )

    def evaluate(self, context: Context, expression: Expression) -> Value:
        """Raises ``ExpressionError``."""
        return expression.evaluate(self.values(context, expression.paths), context.env)

    def said(self, context: Context, text: Text | None) -> Said:
        """``text`` with what stands at its places, those around too."""
        has_around = self.outer is not None or self.payload is not None
        around = self._around(context) if has_around else None
        return said(text, context, self.record, old=self.old, parent=self.parent, around=around)

    def _around(self, context: Context) -> Around:
        fields = context.fields(self.record.entity)

        def find(path: str) -> Place | None:
            head, _, rest = path.partition(".")
            if not self._stands_around(path) or head in fields:
                return None
            if head == PAYLOAD:
                value = told(self.payload or {}, rest)
                return Place({locale: displayed(value, None, locale) for locale in LOCALES})
            outer = self.outer
            assert outer is not None
            return outer.said(context, f"{{{rest}}}").places.get(rest)

        return find


def told(payload: Any, path: str) -> Value:
    """What stands at a dotted path of a message; None where nothing plain does."""
    for part in path.split("."):
        payload = payload.get(part) if isinstance(payload, Mapping) else None
    if isinstance(payload, list | tuple):
        return tuple(v for v in payload if not isinstance(v, Mapping | list))
    return None if isinstance(payload, Mapping) else payload
