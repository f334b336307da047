"""Input: what a person or program sent, read through the field types into exact values. Every problem is collected."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.runtime.permissions import Kernel
from builder.runtime.representation import REFERENCE_TYPES

HEADER_KEYS = frozenset({"business_date", "owner", "org_unit"})
IGNORED_KEYS = frozenset(
    {
        "id",
        "version",
        "state",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "archived_at",
        "line_no",
    }
)
GENERATED_TYPES = frozenset({"auto_number", "created_by", "created_at", "updated_by", "updated_at"})
MAX_LINES = 5000


@dataclass(frozen=True)
class Input:
    """Reads values for one actor. ``read_id`` turns an outside id into an id (None: not one of ours), ``new_id`` names new lines."""

    kernel: Kernel
    read_id: Callable[[str], int | None]
    new_id: Callable[[], int]

    @property
    def package(self) -> Package:
        return self.kernel.package

    def apply(
        self, entity: Entity, record: Record, sent: Mapping[str, Any], *, deed: str, path: str = ""
    ) -> tuple[Record, list[Problem]]:
        """``record`` with what was sent laid over it, and all that is wrong with what was sent."""
        problems: list[Problem] = []
        values = dict(record.values)
        lines = dict(record.lines)
        header: dict[str, Any] = {}
        for key, value in sent.items():
            at = f"{path}/{key}"
            if key in IGNORED_KEYS or key.startswith("_"):
                continue
            field = entity.field(key)
            if key in HEADER_KEYS and field is None:
                header[key] = self._header(key, value, at, problems)
                continue
            if field is None or field.archived or not self.kernel.is_readable(entity.key, key):
                problems.append(self._unknown(entity, key, at))
                continue
            if not self._is_open(entity, field, record, value, deed, at, problems):
                continue
            if field.type == "lines":
                lines[key] = self._lines(field, record, value, deed, at, problems)
            else:
                values[key] = self.value(field, value, at, problems)
        record = replace(record, values=values, lines=lines)
        return self._with_header(record, header), problems

    def _is_open(
        self,
        entity: Entity,
        field: Field,
        record: Record,
        value: Any,
        deed: str,
        at: str,
        problems: list[Problem],
    ) -> bool:
        """Whether the field may be written here. An unchanged value of a closed field is not worth a refusal."""
        if field.is_computed or field.type in GENERATED_TYPES:
            return False
        if self.kernel.is_app:
            return True
        closed = field.read_only or not self.kernel.is_writable(entity.key, field.key, deed=deed)
        if not closed:
            return True
        if field.type == "lines" or self.value(field, value, at, []) == record.values.get(field.key):
            return False
        problems.append(Problem("FIELD_READ_ONLY", at, {"field": field.label}))
        return False

    def value(self, field: Field, value: Any, at: str, problems: list[Problem]) -> Value:
        """One value read through its type; None where it is wrong (the problem says why)."""
        if value is None or value == "":
            return None
        if field.type in REFERENCE_TYPES:
            return self._reference(field, value, at, problems)
        read = field_type(field.type).parse(value, field)
        if isinstance(read, Problem):
            problems.append(replace(read, path=at))
            return None
        return read

    def _reference(self, field: Field, value: Any, at: str, problems: list[Problem]) -> Value:
        if field.type in FILE_TYPES:
            return self._files(field, value, at, problems)
        if field.type == "multi_reference":
            if isinstance(value, list | tuple):
                ids = tuple(self._id(v) for v in value)
                if all(i is not None for i in ids):
                    return tuple(dict.fromkeys(ids))
        else:
            found = self._id(value)
            if found is not None:
                return found
        problems.append(Problem("REFERENCE_UNKNOWN", at, {"field": field.label}))
        return None

    def _files(self, field: Field, value: Any, at: str, problems: list[Problem]) -> Value:
        """A file, or several, by their ids."""
        ids = [self._id(one) for one in (value if isinstance(value, list | tuple) else [value])]
        if None in ids:
            problems.append(Problem("FILE_UNKNOWN", at, {"field": field.label}))
            return None
        return tuple(dict.fromkeys(ids)) or None

    def _id(self, value: Any) -> int | None:
        if isinstance(value, Mapping):
            value = value.get("id")
        if isinstance(value, bool):
            return None
        if isinstance(value, int):
            return value if value > 0 else None
        return self.read_id(value) if isinstance(value, str) else None

    def _header(self, key: str, value: Any, at: str, problems: list[Problem]) -> Any:
        if value is None or value == "":
            return None
        if key == "business_date":
            if isinstance(value, date):
                return value
            try:
                return date.fromisoformat(value)
            except (TypeError, ValueError):
                problems.append(Problem("VALUE_DATE", at))
                return None
        found = self._id(value)
        if found is None:
            problems.append(Problem("REFERENCE_UNKNOWN", at, {"field": key}))
        return found

    def _with_header(self, record: Record, header: Mapping[str, Any]) -> Record:
        if header.get("business_date"):
            record = replace(record, business_date=header["business_date"])
        if header.get("owner"):
            record = replace(record, owner_id=header["owner"])
        if header.get("org_unit"):
            record = replace(record, org_unit_id=header["org_unit"])
        return record

    def _lines(
        self, field: Field, record: Record, sent: Any, deed: str, at: str, problems: list[Problem]
    ) -> tuple[Record, ...]:
        """The lines in their new order: known ids keep their line, others are new, what is left out goes."""
        known = {line.id: line for line in record.lines.get(field.key, ())}
        entity = self.package.entity(field.entity or "")
        if entity is None or not isinstance(sent, Sequence) or isinstance(sent, str):
            problems.append(Problem("VALUE_LINES", at))
            return record.lines.get(field.key, ())
        if len(sent) > MAX_LINES:
            problems.append(Problem("LINES_TOO_MANY", at, {"most": MAX_LINES}))
            return record.lines.get(field.key, ())
        made: list[Record] = []
        seen: set[int] = set()
        for index, row in enumerate(sent):
            place = f"{at}/{index}"
            if not isinstance(row, Mapping):
                problems.append(Problem("VALUE_LINES", place))
                continue
            line = self._line(entity, record, known, row, place, problems)
            if line.id in seen:
                problems.append(Problem("LINE_TWICE", place))
                continue
            seen.add(line.id)
            line, wrong = self.apply(
                entity, line, row, deed="create" if line.version == 0 else deed, path=place
            )
            problems.extend(wrong)
            made.append(replace(line, line_no=len(made) + 1))
        return tuple(made)

    def _line(
        self,
        entity: Entity,
        parent: Record,
        known: Mapping[int, Record],
        row: Mapping[str, Any],
        at: str,
        problems: list[Problem],
    ) -> Record:
        id = self._id(row["id"]) if row.get("id") else None
        if id is not None and id in known:
            return known[id]
        if id is not None:
            problems.append(Problem("LINE_UNKNOWN", f"{at}/id"))
        return Record(entity.key, self.new_id(), {}, parent_id=parent.id, line_no=0)

    def _unknown(self, entity: Entity, key: str, at: str) -> Problem:
        """Hidden fields are never suggested: to this actor they do not exist."""
        near = difflib.get_close_matches(key, [f.key for f in self.kernel.readable_fields(entity)], 1)
        return Problem("FIELD_UNKNOWN", at, {"name": key, "nearest": near[0] if near else ""})
