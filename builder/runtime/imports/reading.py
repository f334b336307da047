"""Reading: lines of a sheet become the values of records, through the field types, within what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.runtime.context import Context
from builder.runtime.imports.matching import Matched, Target
from builder.runtime.imports.sheets import Line
from builder.runtime.report_rows import both
from builder.runtime.resolving import LINKS, by_text, filled

USERS = frozenset({"user"})


@dataclass
class Document:
    """One record to be: its values, the numbers of the sheet's rows that it came from, and what is wrong with them so far."""

    values: dict[str, Any]
    rows: list[int]
    problems: list[tuple[int, Problem]] = field(default_factory=list)


class Reader:
    """Reads for one actor, whose language words are in; references are looked up once a text."""

    def __init__(self, ctx: Context, entity: Entity, matched: Matched) -> None:
        self._ctx, self._entity, self._matched = ctx, entity, matched
        self._found: dict[tuple[str, str, str], int | None] = {}

    def documents(self, lines: Iterable[Line]) -> Iterator[Document]:
        """A record per row. Where columns go to lines, a row whose own fields are blank, or the same as those above, adds a line
        to the record above."""
        current: Document | None = None
        before: tuple[str, ...] = ()
        for line in lines:
            own = self._own_texts(line)
            if current is not None and self._has_lines and (not any(own) or own == before):
                self._add_lines(current, line)
                continue
            if current is not None:
                yield current
            before = own
            current = Document({}, [line.number])
            self._read(current, line, "", current.values, None)
            self._add_lines(current, line, is_first=True)
        if current is not None:
            yield current

    @property
    def _has_lines(self) -> bool:
        return any(t is not None and t.lines for t in self._matched.targets)

    def _own_texts(self, line: Line) -> tuple[str, ...]:
        pairs = zip(self._matched.targets, line.cells, strict=False)
        return tuple(text for target, text in pairs if target is not None and not target.lines)

    def _add_lines(self, document: Document, line: Line, *, is_first: bool = False) -> None:
        if not is_first:
            document.rows.append(line.number)
        keys = dict.fromkeys(t.lines for t in self._matched.targets if t is not None and t.lines)
        for key in keys:
            row: dict[str, Any] = {}
            self._read(document, line, key, row, document.values)
            if row:
                document.values.setdefault(key, []).append(row)

    def _read(
        self,
        document: Document,
        line: Line,
        lines: str,
        into: dict[str, Any],
        parent: Mapping[str, Any] | None,
    ) -> None:
        pairs = [
            (target, text)
            for target, text in zip(self._matched.targets, line.cells, strict=False)
            if target is not None and target.lines == lines and text != ""
        ]
        # A reference whose choice depends on the record comes after what it depends on.
        for target, text in sorted(pairs, key=lambda pair: _is_dependent(pair[0].field)):
            value = self._value(target, text, into, parent)
            if isinstance(value, Problem):
                document.problems.append((line.number, replace(value, path=f"/{target.name}")))
            else:
                into[target.key] = value

    def _value(
        self, target: Target, text: str, record: Mapping[str, Any], parent: Mapping[str, Any] | None
    ) -> Any:
        of = target.field
        if of is None:
            return text
        if of.type in LINKS:
            return self._reference(of, text, record, parent)
        if of.type in USERS:
            return self._person(of, text)
        value = field_type(of.type).from_text(text, of, self._ctx.actor.locale)
        if isinstance(value, Problem):
            return value
        return field_type(of.type).to_json(value, of)

    def _reference(
        self, of: Field, text: str, record: Mapping[str, Any], parent: Mapping[str, Any] | None
    ) -> Any:
        limit = filled(self._ctx, of.filter, record, parent) if of.filter else None
        texts = (
            [t.strip() for t in text.replace(";", ",").split(",")] if of.type == "multi_reference" else [text]
        )
        ids = [self._find(of, one, limit) for one in texts if one]
        if any(id is None for id in ids):
            return Problem("REFERENCE_NAME_UNKNOWN", "", {"field": of.label, "value": text[:80]})
        return ids if of.type == "multi_reference" else ids[0]

    def _find(self, of: Field, text: str, limit: Mapping[str, Any] | None) -> int | None:
        at = (of.uid, text, str(limit))
        if at not in self._found:
            entity = of.entity or ""
            may = self._ctx.kernel.may("read", entity)
            where = both(limit, self._ctx.kernel.scope(entity)) if may else None
            record = by_text(self._ctx, entity, text, where) if may else None
            self._found[at] = record.id if record is not None else None
        return self._found[at]

    def _person(self, of: Field, text: str) -> Any:
        found = self._ctx.directory.by_login(text.strip().lower())
        return (
            found
            if found is not None
            else Problem("REFERENCE_NAME_UNKNOWN", "", {"field": of.label, "value": text[:80]})
        )


def _is_dependent(of: Field | None) -> bool:
    return of is not None and bool(of.filter) and "'record'" in str(of.filter)
