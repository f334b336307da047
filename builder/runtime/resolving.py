"""Resolving: what scenarios and sample data write (``$name``, a code, ``-3d``) as the values that commands take."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity, Field
from builder.record import Record, Ref
from builder.runtime.context import Context
from builder.storage import accounts

NAMED = re.compile(r"^\$(?P<name>[\w-]+)(?:/(?P<entity>\w+))?(?:\.(?P<lines>\w+)\[(?P<at>\d+)\])?$")
DAYS = re.compile(r"^(?P<days>[+-]\d+)d(?P<month> month)?$")
MONTHS = re.compile(r"^(?P<months>[+-]\d+) month$")
MOMENT = re.compile(r"^(?P<days>[+-]\d+)d(?: (?P<hour>\d\d):(?P<minute>\d\d))?$")
TEXTS = frozenset({"text", "barcode", "auto_number", "email", "phone"})
LINKS = frozenset({"reference", "multi_reference"})


def instant(text: str, today: date, zone: ZoneInfo) -> datetime:
    """``2026-01-05 09:00`` or ``-59d 09:30`` (days from ``today``) on the wall clock of ``zone``."""
    found = MOMENT.match(text)
    if found is None:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    at = time(int(found["hour"] or 9), int(found["minute"] or 0))
    return datetime.combine(today + timedelta(days=int(found["days"])), at, zone)


def relative_day(value: Any, day: date) -> Any:
    """``-3d`` as that date, ``-3d month`` as the month that it lies in (``2026-07``), ``+1 month`` as the month after this one; anything
    else as it is."""
    if isinstance(value, str) and (months := MONTHS.match(value)):
        number = day.year * 12 + day.month - 1 + int(months["months"])
        return f"{number // 12:04}-{number % 12 + 1:02}"
    found = DAYS.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    said = (day + timedelta(days=int(found["days"]))).isoformat()
    return said[:7] if found["month"] else said


@dataclass
class Resolver:
    """``names`` are the records that steps have made so far."""

    names: MutableMapping[str, Ref] = field(default_factory=dict)

    def ref(self, ctx: Context, text: str) -> Ref:
        """The record (or line) that ``$name`` means; ``$name/entity`` is the newest one made from it."""
        found = NAMED.match(text)
        ref = self.names.get(found["name"]) if found else None
        if found is None or ref is None:
            raise _unknown(text)
        if found["entity"]:
            ref = _made_from(ctx, ref, found["entity"], text)
        if found["lines"] is None:
            return ref
        record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
        lines = record.lines.get(found["lines"], ()) if record else ()
        if int(found["at"]) >= len(lines):
            raise _unknown(text)
        line = lines[int(found["at"])]
        return Ref(line.entity, line.id)

    def values(
        self,
        ctx: Context,
        entity: Entity,
        sent: Mapping[str, Any],
        parent: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """``sent`` with every reference an id and every date a date. References whose filter looks at the record come after
        what they look at."""
        day = ctx.pending.today
        known = self._known(ctx, entity, sent)
        made: dict[str, Any] = {}
        for key in sorted(sent, key=lambda k: _needs_record(entity.field(k))):
            made[key] = self._value(ctx, entity.field(key), key, sent[key], {**known, **made}, parent, day)
        return {key: made[key] for key in sent}

    def _known(self, ctx: Context, entity: Entity, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of the line that a row keeps."""
        if not isinstance(sent.get("id"), str):
            return {}
        ref = self.ref(ctx, sent["id"])
        record = ctx.reader.get(entity.key, [ref.id]).get(ref.id)
        return record.values if record else {}

    def _value(
        self,
        ctx: Context,
        of: Field | None,
        key: str,
        value: Any,
        record: Mapping[str, Any],
        parent: Mapping[str, Any] | None,
        day: date,
    ) -> Any:
        if key == "id" and isinstance(value, str) and value.startswith("$"):
            return self.ref(ctx, value).id
        if of is None:
            return self.plain(ctx, key, value, day)
        if of.type == "lines":
            model = ctx.app.package.entity(of.entity or "")
            if model is None or not isinstance(value, Sequence):
                return value
            return [self.values(ctx, model, row, record) for row in value]
        if of.type in LINKS and isinstance(value, list | tuple):
            return [self.reference(ctx, of, one, record, parent) for one in value]
        if of.type in LINKS:
            return self.reference(ctx, of, value, record, parent)
        if of.type in {"user", "org_unit"}:
            return self.plain(ctx, of.type, value, day)
        return relative_day(value, day)

    def plain(self, ctx: Context, key: str, value: Any, day: date) -> Any:
        """A value that belongs to no field of the entity: a person by login, a unit by key, a date."""
        if not isinstance(value, str):
            return value
        if value.startswith("$"):
            return self.ref(ctx, value).id
        if key in {"user", "owner"}:
            found = ctx.directory.by_login(value)
            return value if found is None else found
        if key == "org_unit":
            found = accounts.unit_by_key(ctx.conn, ctx.ws, value)
            return value if found is None else found
        return relative_day(value, day)

    def reference(
        self,
        ctx: Context,
        of: Field,
        value: Any,
        record: Mapping[str, Any],
        parent: Mapping[str, Any] | None = None,
    ) -> Any:
        """The id meant by ``value``: a name, or a unique value or title among the records that the field admits."""
        if not isinstance(value, str) or value == "":
            return value
        if value.startswith("$"):
            return self.ref(ctx, value).id
        limit = filled(ctx, of.filter, record, parent) if of.filter else None
        found = by_text(ctx, of.entity or "", value, limit)
        if found is None:
            raise _unknown(value, of.key)
        return found.id


def by_text(ctx: Context, entity: str, text: str, limit: Mapping[str, Any] | None = None) -> Record | None:
    """The record whose unique value, or else whose title, is ``text``."""
    model = ctx.app.package.entity(entity)
    if model is None:
        return None
    keys = [f.key for f in model.fields if f.unique and not f.archived and f.type in TEXTS]
    title = model.field(model.title) if model.title else None
    if title is not None and title.type in TEXTS and title.key not in keys:
        keys.append(title.key)
    for key in keys:
        where: Mapping[str, Any] = {"field": key, "op": "=", "value": text}
        found = ctx.reader.find(entity, {"and": [where, limit]} if limit else where, limit=1)
        if found:
            return found[0]
    return None


def filled(
    ctx: Context, where: Mapping[str, Any], record: Mapping[str, Any], parent: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """A reference's filter with ``{"record": path}`` replaced by the record's own values."""
    for joint in ("and", "or"):
        if joint in where:
            return {joint: [filled(ctx, part, record, parent) for part in where[joint]]}
    if "not" in where:
        return {"not": filled(ctx, where["not"], record, parent)}
    value = where.get("value")
    if isinstance(value, Mapping) and "record" in value:
        head, _, rest = str(value["record"]).partition(".")
        own = (parent or {}).get(rest) if head == "parent" else record.get(head)
        return {**where, "value": own}
    return where


def _needs_record(of: Field | None) -> bool:
    return of is not None and (of.type == "lines" or '"record"' in str(of.filter).replace("'", '"'))


def _made_from(ctx: Context, ref: Ref, entity: str, text: str) -> Ref:
    """The newest record of ``entity`` that refers to ``ref``."""
    model = ctx.app.package.entity(entity)
    fields = (
        [f.key for f in model.fields if f.type == "reference" and f.entity == ref.entity] if model else []
    )
    found: list[int] = []
    for key in fields:
        where = {"field": key, "op": "=", "value": ref.id}
        found.extend(r.id for r in ctx.reader.find(entity, where, limit=1000))
    if not found:
        raise _unknown(text)
    return Ref(entity, max(found))


def _unknown(text: str, field: str = "") -> InvalidError:
    params = {"name": text, "field": field or text}
    return InvalidError(problems=[Problem("REFERENCE_UNKNOWN", f"/{field}" if field else "", params)])
