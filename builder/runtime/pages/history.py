"""History in words: who changed what, from which value to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.metadata.channels import CHANNELS
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.pages.cells import NUMBERS, Cells
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.titles import USERS
from builder.runtime.pages.words import Words

MOST_CHANGES = 12


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """One step of the history; ``more`` counts changes that are not listed."""

    who: str
    what: str
    when: str
    changes: tuple[Change, ...]
    more: int
    channel: str = ""
    """By which way it came, in words; nothing where nobody knows."""


@dataclass(frozen=True)
class HistoryWords:
    """Puts items of ``runtime.hanging.history_of`` into words."""

    ctx: Context
    words: Words
    cells: Cells
    entity: Entity

    def versions(self, items: list[Mapping[str, Any]]) -> tuple[Version, ...]:
        return tuple(self._version(item) for item in items)

    def _version(self, item: Mapping[str, Any]) -> Version:
        changes = [c for part in item["changes"] if (c := self.change(part)).before != c.after]
        key = "page.did.CreateRecord" if item["version"] == 1 else f"page.did.{item['command']}"
        what = self.words.say(key) if self.words.knows(key) else self.words.say("page.did.other")
        moved = next((c for c in item["changes"] if c["field"] == "state"), None)
        if moved is not None and moved.get("after"):
            what = (
                f"{what} → {self.cells.state(self.entity, str(moved['after'])).text}"
                if moved.get("before")
                else what
            )
            changes = [c for c in changes if c.label != self._label(moved)]
        who = item["by_name"] or self.words.say("page.system")
        return Version(
            who,
            what,
            self.words.ago(item["at"]),
            tuple(changes[:MOST_CHANGES]),
            max(0, len(changes) - MOST_CHANGES),
            self.words.of(CHANNELS.get(item["channel"] or ""), ""),
        )

    def _label(self, part: Mapping[str, Any]) -> str:
        field = self._field(part)
        label = self.words.of(part.get("label") or (field.label if field else ""), "")
        if part.get("line"):
            label = self.words.say("el.lines.cell", label=label, n=part["line"])
        return label

    def _field(self, part: Mapping[str, Any]) -> Field | None:
        if part.get("lines"):
            of = self.entity.field(part["lines"])
            lines = self.ctx.app.package.entity(of.entity or "") if of else None
            return lines.field(part["field"]) if lines else None
        return own_field(self.entity, part["field"])

    def change(self, part: Mapping[str, Any]) -> Change:
        field = self._field(part)
        if part.get("kind") in {"added", "removed"}:
            word = self.words.say(f"page.line_{part['kind']}")
            return Change(
                self._label(part),
                "" if part["kind"] == "added" else word,
                word if part["kind"] == "added" else "",
            )
        return Change(
            self._label(part), self._text(field, part.get("before")), self._text(field, part.get("after"))
        )

    def _text(self, field: Field | None, value: Any) -> str:
        if value is None or value == "":
            return ""
        if field is None:
            return str(value)
        return self.cells.cell(self.entity, field, self._read(field, value)).text

    def _read(self, field: Field, value: Any) -> Value:
        """The stored JSON form as a value again."""
        if field.type in NUMBERS:
            try:
                return Decimal(str(value))
            except InvalidOperation:
                return str(value)
        if field.entity or field.type in USERS | FILE_TYPES or field.type == "org_unit":
            read = self.ctx.engine.database.read_id
            return (
                tuple(i for v in value if (i := read(str(v))))
                if isinstance(value, list)
                else read(str(value))
            )
        if field.type == "date" and isinstance(value, str):
            return date.fromisoformat(value[:10])
        if field.type == "datetime" and isinstance(value, str):
            return datetime.fromisoformat(value)
        return tuple(value) if isinstance(value, list) else value
