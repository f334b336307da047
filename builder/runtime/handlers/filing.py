"""Filing: which files a record may name, and whose they become. Nobody gets at a file by guessing its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from builder.changes import Write
from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Record
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.uploads import limits_of, may_read
from builder.storage import files
from builder.storage.files import FileRow, Home

Part = tuple[Entity, Record, Record | None, str]


def misfiled(ctx: Context, entity: Entity, record: Record, before: Record | None) -> list[Problem]:
    """A problem for each file that is new here and not the actor's to give, or not what the field takes."""
    if ctx.kernel.is_app or not _names_files(ctx, entity, record):
        return []
    parts = list(_parts(ctx, entity, record, before))
    found = _rows(ctx, parts)
    return [p for part in parts for p in _wrong(ctx, part, found)]


def filed(ctx: Context, entity: Entity, record: Record, before: Record | None) -> Record:
    """The record with every file its own: waiting ones are taken by commit, those of other records are copied for it."""
    if not _names_files(ctx, entity, record):
        return record
    parts = list(_parts(ctx, entity, record, before))
    found = _rows(ctx, parts)
    if not found:
        return record
    made = [_own(ctx, part, found) for part in parts]
    header, lines = made[0], {line.id: line for line in made[1:]}
    if not lines:
        return header
    kept = {key: tuple(lines.get(row.id, row) for row in rows) for key, rows in header.lines.items()}
    return header.but(lines=kept)


def holds_files(ctx: Context, entity: Entity) -> bool:
    """Whether records of the entity, or their lines, can name files at all."""
    own, lines_do = _where_files_are(ctx, entity)
    return bool(own) or lines_do


def _names_files(ctx: Context, entity: Entity, record: Record) -> bool:
    """Whether the record may name any file; those of lines are looked at one by one. Most records name none and pay for no more than this."""
    own, lines_do = ctx.kernel.remembered(("names files", entity), lambda: _where_files_are(ctx, entity))
    if lines_do:
        return True
    values = record.values
    # A loop, because a generator for each record that is written costs more than what it looks at.
    for key in own:  # noqa: SIM110
        if values.get(key):
            return True
    return False


def _where_files_are(ctx: Context, entity: Entity) -> tuple[tuple[str, ...], bool]:
    """The fields of the header that hold files, and whether any of its lines do."""
    lines = [ctx.app.package.entity(f.entity or "") for f in entity.line_fields]
    own = tuple(field.key for field in _file_fields(ctx, entity))
    return own, any(model is not None and _file_fields(ctx, model) for model in lines)


def _file_fields(ctx: Context, entity: Entity) -> tuple[Field, ...]:
    found: tuple[Field, ...] = ctx.kernel.remembered(
        ("files", entity),
        lambda: tuple(f for f in entity.fields if f.type in FILE_TYPES and not (f.archived or f.is_computed)),
    )
    return found


def _parts(ctx: Context, entity: Entity, record: Record, before: Record | None) -> Iterator[Part]:
    """The header, then the lines that can hold files, with how they were before and where they stand."""
    yield entity, record, before, ""
    for field in entity.line_fields:
        model = ctx.app.package.entity(field.entity or "")
        if model is None or not _file_fields(ctx, model):
            continue
        olds = {line.id: line for line in before.lines.get(field.key, ())} if before else {}
        for index, line in enumerate(record.lines.get(field.key, ())):
            yield model, line, olds.get(line.id), f"/{field.key}/{index}"


def _new(field: Field, record: Record, old: Record | None) -> list[int]:
    known = ids_in(old.get(field.key)) if old else []
    return [id for id in ids_in(record.get(field.key)) if id not in known]


def _rows(ctx: Context, parts: list[Part]) -> Mapping[int, FileRow]:
    ids = {
        id
        for entity, record, old, _ in parts
        for field in _file_fields(ctx, entity)
        for id in _new(field, record, old)
    }
    return files.get(ctx.conn, ctx.ws, ids) if ids else {}


def _wrong(ctx: Context, part: Part, found: Mapping[int, FileRow]) -> Iterator[Problem]:
    entity, record, old, at = part
    for field in _file_fields(ctx, entity):
        for id in _new(field, record, old):
            row = found.get(id)
            if row is None or not _may_name(ctx, entity, field, record, row):
                yield Problem("FILE_UNKNOWN", f"{at}/{field.key}", {"field": field.label})
                continue
            wrong = limits_of(field).wrong(field, row.name, row.mime, row.size)
            if wrong is not None:
                yield replace(wrong, path=f"{at}/{field.key}")


def _may_name(ctx: Context, entity: Entity, field: Field, record: Record, row: FileRow) -> bool:
    """A person gives what they uploaded themselves, what this field held before, or what they may read elsewhere: that is copied."""
    home = Home(row.file_id, row.entity_id, row.record_id, row.field_no)
    return home == _home(ctx, entity, field, record, row.file_id) or may_read(ctx, row)


def _home(ctx: Context, entity: Entity, field: Field, record: Record, id: int) -> Home | None:
    place = ctx.app.maps.entity(entity.key).place(field.key)
    return Home(id, ctx.app.maps.entity_id(entity.key), record.id, place.field_no) if place else None


def _own(ctx: Context, part: Part, found: Mapping[int, FileRow]) -> Record:
    entity, record, old, _ = part
    changed = {}
    for field in _file_fields(ctx, entity):
        new = _new(field, record, old)
        own = {id: _taken(ctx, entity, field, record, found[id]) for id in new if id in found}
        if own:
            changed[field.key] = tuple(own.get(id, id) for id in ids_in(record.get(field.key)))
    return record.with_values(changed) if changed else record


def _taken(ctx: Context, entity: Entity, field: Field, record: Record, row: FileRow) -> int:
    """The id under which the record holds the file."""
    home = _home(ctx, entity, field, record, row.file_id)
    if home is None or home == Home(row.file_id, row.entity_id, row.record_id, row.field_no):
        return row.file_id
    if row.record_id == 0 and not _is_taken(ctx, row, home):
        _write(ctx, "file.take", row.file_id, home)
        return row.file_id
    known = next((w for w in ctx.pending.writes if w.what == "file.copy" and _is_same(w, row, home)), None)
    if known is not None:
        id: int = known.body["home"].file_id
        return id
    copy = replace(home, file_id=ctx.pending.new_id())
    _write(ctx, "file.copy", row.file_id, copy)
    return copy.file_id


def _is_taken(ctx: Context, row: FileRow, home: Home) -> bool:
    """Whether this command has given the waiting file to another field already."""
    taken = [w for w in ctx.pending.writes if w.what == "file.take" and w.body["from"] == row.file_id]
    return any(w.body["home"] != home for w in taken)


def _is_same(write: Write, row: FileRow, home: Home) -> bool:
    known: Home = write.body["home"]
    return write.body["from"] == row.file_id and replace(known, file_id=home.file_id) == home


def _write(ctx: Context, what: str, id: int, home: Home) -> None:
    write = Write(what, {"from": id, "home": home})
    if write not in ctx.pending.writes:
        ctx.pending.writes.append(write)
