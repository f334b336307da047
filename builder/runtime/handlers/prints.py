"""Handler of printing a record into a file that stays with it."""

from __future__ import annotations

import html
from typing import Any

from builder.changes import Write
from builder.commands import MakePrint
from builder.errors import InvalidError, NotFoundError, Problem
from builder.events import Event
from builder.metadata.entity import Entity
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.text import FIRST_LOCALE, in_locale
from builder.record import Record, Ref
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.records import change_record
from builder.runtime.printing import Printed, print_of, print_records
from builder.runtime.printing.readers import for_readers
from builder.runtime.uploads import limits_of
from builder.storage.files import Home

PAGE = """<!doctype html>
<html lang="{locale}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>@page {{ size: {size}; margin: 8mm; }} .paper + .paper {{ break-before: page; }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def printed(ctx: Context, command: MakePrint) -> Handled:
    """The file is made from the record as it is now, and written with the same commit as everything else."""
    entity = ctx.app.package.entity(command.entity)
    if entity is None:
        raise NotFoundError(entity=command.entity)
    form = print_of(ctx, entity.key, command.print)
    record = ctx.load(entity.key, command.id, "update" if command.field else "read")
    paper = print_records(for_readers(ctx, entity, command.field), form, [record], locale=FIRST_LOCALE)
    id = ctx.pending.new_id()
    events: list[Event] = []
    if command.field:
        record, events = _in_field(ctx, entity, record, command.field, id)
    home = _home(ctx, entity, record, command.field, id)
    name = f"{in_locale(form.label, FIRST_LOCALE, form.key)} {paper.title}".strip() + ".html"
    body = {"home": home, "name": name, "content": page(paper).encode(), "by": ctx.actor.user_id}
    ctx.pending.writes.append(Write("file.print", body))
    return Handled(
        (Ref(entity.key, record.id),), tuple(events), answer={"file": ctx.engine.database.show(id)}
    )


def page(paper: Printed) -> str:
    """The sheet as a page that stands alone. Its body was cleaned of whatever could run or load."""
    return PAGE.format(
        locale=FIRST_LOCALE, title=html.escape(paper.title), size=html.escape(paper.page), body=paper.body
    )


def _in_field(ctx: Context, entity: Entity, record: Record, key: str, id: int) -> tuple[Record, list[Event]]:
    """The record with the file after those that its field holds; where it takes no more, the oldest makes room."""
    field: Any = entity.field(key)
    if field is None or field.type not in FILE_TYPES:
        raise NotFoundError(field=key)
    held = ids_in(record.get(key))
    kept = held[max(0, len(held) + 1 - limits_of(field).limits(field).count) :]
    return change_record(ctx, entity, record, {key: (*kept, id)}, checked=False)


def _home(ctx: Context, entity: Entity, record: Record, key: str, id: int) -> Home:
    if not key:
        if not entity.attachments:
            raise InvalidError(problems=[Problem("PRINT_NO_PLACE", "", {"entity": entity.label})])
        return Home(id, ctx.app.maps.entity_id(entity.key), record.id, 0)
    place = ctx.app.maps.entity(entity.key).place(key)
    assert place is not None
    return Home(id, ctx.app.maps.entity_id(entity.key), record.id, place.field_no)
