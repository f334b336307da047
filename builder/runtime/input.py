"""Input: what a person or program sent, read through the field types into exact values. Every problem is collected."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.package import Package
from builder.metadata.paths import SYSTEM_LABELS
from builder.record import Record, Value
from builder.runtime.permissions import Kernel
from builder.runtime.representation import REFERENCE_TYPES

BUSINESS_DATE = Field("", "business_date", "date", SYSTEM_LABELS["business_date"])
HEADER_KEYS = frozenset({"business_date", "owner", "org_unit"})
IGNORED_KEYS = frozenset(
    {
        "id",
        "version",
        "state",
        "created_at",
        "created_by",
        "created_via",
        "updated_at",
        "updated_by",
        "archived_at",
        "line_no",
    }
)
GENERATED_TYPES = frozenset({"auto_number", "created_by", "created_at", "updated_by", "updated_at"})
MAX_LINES = 5000
LONGEST_GIVEN = 60
"""Of what was sent instead of an id, the longest that is said back."""


Read = Callable[["Input", Field, Any, str, list[Problem]], "Value | Problem"]


@dataclass(frozen=True, slots=True)
class _Door:
    """How a field is entered. ``opens`` None: never, and nobody is told; ``read`` None: it holds lines. ``parse`` reads what its type alone reads."""

    field: Field
    opens: bool | None
    read: Read | None
    parse: Callable[[Any, Field], Value | Problem] | None = None


NOBODYS = _Door(BUSINESS_DATE, opens=None, read=None)
"""What answers bring along and nobody enters."""


def _reader(field: Field) -> Read | None:
    """How values of the field are read, which its type alone decides."""
    if field.type == "lines":
        return None
    if field.type in REFERENCE_TYPES:
        return _read_reference
    of_type = field_type(field.type)

    def read(_input: Input, of: Field, value: Any, _at: str, _problems: list[Problem]) -> Value | Problem:
        return of_type.parse(value, of)

    return read


def _parser(field: Field) -> Callable[[Any, Field], Value | Problem] | None:
    """``_reader`` without what only references ask for."""
    is_plain = field.type != "lines" and field.type not in REFERENCE_TYPES
    return field_type(field.type).parse if is_plain else None


def _read_reference(own: Input, field: Field, value: Any, at: str, problems: list[Problem]) -> Value:
    return None if value is None or value == "" else own._reference(field, value, at, problems)


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
        lines = record.lines
        header: dict[str, Any] = {}
        doors = self._doors(entity, deed)
        for key, value in sent.items():
            door = doors.get(key)
            if door is not None and door.parse is not None and door.opens:
                read = door.parse(value, door.field)
                values[key] = (
                    self._told(read, f"{path}/{key}", problems) if isinstance(read, Problem) else read
                )
                continue
            at = f"{path}/{key}"
            if door is None:
                if key.startswith("_"):
                    continue
                if key in HEADER_KEYS and entity.field(key) is None:
                    header[key] = self._header(key, value, at, problems)
                else:
                    problems.append(self._unknown(entity, key, at))
            elif door.opens is None:
                continue
            elif not door.opens:
                self._keep_closed(door.field, record, value, at, problems)
            elif door.read is None:
                lines = {**lines, key: self._lines(door.field, record, value, deed, at, problems)}
            else:
                values[key] = self._told(door.read(self, door.field, value, at, problems), at, problems)
        record = record.holding(values, lines)
        if header.get("owner", record.owner_id) != record.owner_id and not self.kernel.may_hand_over(record):
            problems.append(Problem("OWNER_OTHER", f"{path}/owner", {"entity": entity.label}))
        return (self._with_header(record, header) if header else record), problems

    def _doors(self, entity: Entity, deed: str) -> Mapping[str, _Door]:
        """How each field that the actor may know is entered, worked out once for its rights."""
        found: Mapping[str, _Door] = self.kernel.remembered(
            (f"doors {deed}", entity),
            lambda: {
                **{
                    field.key: _Door(field, self._opens(entity, field, deed), _reader(field), _parser(field))
                    for field in self.kernel.readable_fields(entity)
                },
                **dict.fromkeys(IGNORED_KEYS, NOBODYS),
            },
        )
        return found

    def _opens(self, entity: Entity, field: Field, deed: str) -> bool | None:
        """Whether the field may be written here; None for what is worked out or given by the engine, whatever is sent."""
        if field.is_computed or field.type in GENERATED_TYPES:
            return None
        if self.kernel.is_app:
            return True
        return not field.read_only and self.kernel.is_writable(entity.key, field.key, deed=deed)

    def _keep_closed(
        self, field: Field, record: Record, value: Any, at: str, problems: list[Problem]
    ) -> None:
        """An unchanged value of a closed field is not worth a refusal."""
        if field.type != "lines" and self.value(field, value, at, []) != record.values.get(field.key):
            problems.append(Problem("FIELD_READ_ONLY", at, {"field": field.label}))

    def _told(self, read: Value | Problem, at: str, problems: list[Problem]) -> Value:
        """The value; None where there is a problem instead, which then has its place."""
        if isinstance(read, Problem):
            problems.append(replace(read, path=at))
            return None
        return read

    def value(self, field: Field, value: Any, at: str, problems: list[Problem]) -> Value:
        """One value read through its type; None where it is wrong (the problem says why)."""
        of_field = _reader(field)
        read = of_field(self, field, value, at, problems) if of_field is not None else None
        return self._told(read, at, problems)

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
        given = value.get("id") if isinstance(value, Mapping) else value
        if isinstance(given, str) and len(given) <= LONGEST_GIVEN:
            # A caller of the API that names a record by its code or number.
            problems.append(Problem("REFERENCE_NO_ID", at, {"field": field.label, "given": given}))
        else:
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
        if value.__class__ is str:
            return self.read_id(value)
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
            found = field_type("date").read(value, BUSINESS_DATE)
            if isinstance(found, Problem):
                problems.append(replace(found, path=at))
                return None
            return found
        found = self._id(value)
        if found is None:
            problems.append(Problem("REFERENCE_UNKNOWN", at, {"field": key}))
        return found

    def _with_header(self, record: Record, header: Mapping[str, Any]) -> Record:
        if header.get("business_date"):
            record = record.but(business_date=header["business_date"])
        if header.get("owner"):
            record = record.but(owner_id=header["owner"])
        if header.get("org_unit"):
            record = record.but(org_unit_id=header["org_unit"])
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
            made.append(line.but(line_no=len(made) + 1))
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
