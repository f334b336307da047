"""Titles: what names referenced records, people and org units on a page, read at once for many records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Record, Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import FILES
from builder.runtime.representation import title_of
from builder.runtime.uploads import shown
from builder.storage import files
from builder.storage.files import FileRow

FileItem = Mapping[str, Any]
USERS = frozenset({"user", "created_by", "updated_by", "owner"})


class Titles:
    """Names by entity and id, kept for one page. A record of an entity that the actor may not read has no name for it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._kept: dict[str, dict[int, str]] = {}
        self._codes: dict[str, dict[int, str]] = {}
        self._files: dict[int, FileRow] = {}

    def prepare(self, entity: Entity, records: Iterable[Record]) -> None:
        """Read what the records (and their lines) refer to, one query per entity."""
        wanted: dict[str, set[int]] = {}
        for record in records:
            self._gather(entity, record, wanted)
        self._read_files(wanted.pop(FILES, ()))
        for key, ids in wanted.items():
            self._read(key, ids)

    def _read_files(self, ids: Iterable[int]) -> None:
        missing = [id for id in ids if id not in self._files]
        if missing:
            self._files.update(files.get(self._ctx.conn, self._ctx.ws, missing))

    def files(self, value: Value) -> tuple[FileItem, ...]:
        """The files in a value, as pages show them."""
        ids = ids_in(value)
        self._read_files(ids)
        return tuple(shown(self._ctx, self._files[id]) for id in ids if id in self._files)

    def _gather(self, entity: Entity, record: Record, wanted: dict[str, set[int]]) -> None:
        for field in entity.fields:
            if field.type == "lines":
                model = self._ctx.app.package.entity(field.entity or "")
                for line in record.lines.get(field.key, ()) if model else ():
                    assert model is not None
                    self._gather(model, line, wanted)
            elif field.type in FILE_TYPES:
                wanted.setdefault(FILES, set()).update(ids_in(record.values.get(field.key)))
            elif field.entity:
                wanted.setdefault(field.entity, set()).update(ids_in(record.values.get(field.key)))

    def _read(self, entity: str, ids: Iterable[int]) -> None:
        kept = self._kept.setdefault(entity, {})
        codes = self._codes.setdefault(entity, {})
        missing = [id for id in ids if id not in kept]
        model = self._ctx.app.package.entity(entity)
        if not missing or model is None or not self._ctx.kernel.may("read", self._owner(model)):
            return
        for id, record in self._ctx.reader.get(entity, missing).items():
            kept[id] = self._title(model, record)
            code = record.values.get("code") or record.values.get(model.subtitle)
            codes[id] = code if isinstance(code, str) else ""

    def _title(self, model: Entity, record: Record) -> str:
        """A line is named by the first thing that it refers to."""
        title = title_of(model, record)
        if title or model.kind != "lines":
            return title
        for field in model.fields:
            ids = ids_in(record.values.get(field.key)) if field.type == "reference" else []
            if ids and (name := self.of(field.entity or "", ids[0])):
                return name
        return ""

    def line(self, model: Entity, line: Record) -> str:
        """What names a line, of a document that may not be stored yet."""
        return self._title(model, line)

    def _owner(self, model: Entity) -> str:
        return model.parent or model.key if model.kind == "lines" else model.key

    def of(self, entity: str, id: int) -> str:
        """The record's name; empty where there is none or it is not the actor's to know."""
        if id not in self._kept.get(entity, {}):
            self._read(entity, [id])
        return self._kept.get(entity, {}).get(id, "")

    def code(self, entity: str, id: int) -> str:
        self.of(entity, id)
        return self._codes.get(entity, {}).get(id, "")

    def person(self, id: int) -> str:
        return self._ctx.directory.name_of(id)

    def unit(self, id: int) -> str:
        return self._ctx.directory.unit_name(id)

    def named(self, field: Field, id: int) -> str:
        """The name behind one id in the field."""
        if field.type in USERS:
            return self.person(id)
        if field.type == "org_unit":
            return self.unit(id)
        return self.of(field.entity, id) if field.entity else ""

    def text(self, field: Field, value: Value) -> str:
        """All names in a reference's value."""
        return "、".join(name for id in ids_in(value) if (name := self.named(field, id)))

    def item(self, field: Field, value: Value) -> Any:
        """A reference as the page's elements take it: ``{id, label, code}``, a list of them for many, None for none."""
        made: list[Mapping[str, str]] = []
        for id in ids_in(value):
            item = {"id": self._ctx.engine.database.show(id), "label": self.named(field, id)}
            made.append(
                item | ({"code": code} if field.entity and (code := self.code(field.entity, id)) else {})
            )
        if field.type == "multi_reference":
            return made
        return made[0] if made else None
