"""Scanning: what a scanned code puts into a line: the record that it means, and what else its label says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.record import Value
from builder.runtime.api.body import answer
from builder.runtime.context import Context
from builder.runtime.labels import Label, read_label
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.lookups import Lookups, field_of
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import REFERENCE_TYPES
from builder.runtime.rights import Filter

THING = "01"


def add_scanning(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/scan/<entity>/<field>?q=…``: ``field`` refers to what is scanned; values of the line and its document go along."""

    @pages.get("/a/<app>/scan/<entity>/<field>")
    def scan(app: str, entity: str, field: str) -> Response:
        with site.reading(app) as ctx:
            model, of = field_of(ctx, entity, field)
            reading = Scan(ctx, site.words(), model, of, request.args)
            return answer(reading.read(request.args.get("q", "")))


@dataclass(frozen=True)
class Scan:
    """One scan for a line of ``entity``, whose field ``of`` refers to what is scanned."""

    ctx: Context
    words: Words
    entity: Entity
    of: Field
    given: Mapping[str, str]

    def read(self, text: str) -> Mapping[str, Any]:
        """``item``: what it means, with what comes along. ``values``: what the label says besides, by field. ``parts``: of which of its own
        lines it is one, a case by its own code, or of none. ``unknown``: what the label names and nobody has entered yet, with what it takes
        to enter it."""
        label = read_label(text)
        parts: dict[str, Any] = dict.fromkeys((field.key for field, _ in self._parts()), "")
        item = self._item(label)
        if item is None:
            item, named = self._of_part(label)
            parts |= named
        if item is None:
            return {"item": None, "values": {}, "parts": {}, "unknown": []}
        given = {**self.given, self.of.key: str(item["id"])}
        values: dict[str, Any] = {}
        unknown: list[Mapping[str, Any]] = []
        for field in self.entity.fields:
            if field is self.of or field.key in parts or field.is_computed or not self._is_writable(field):
                continue
            if field.type == "reference":
                found, missing = self._named(field, label, given)
                values |= {field.key: found} if found is not None else {}
                unknown += [missing] if missing is not None else []
            elif field.gs1 in label.values:
                values |= self._plain(field, label.values[field.gs1])
        return {"item": item, "values": values, "parts": parts, "unknown": unknown}

    def _parts(self) -> Iterator[tuple[Field, Entity]]:
        """The fields that refer to lines of what is scanned, which have codes of their own: the units of an item."""
        for field in self.entity.fields:
            target = self.ctx.app.package.entity(field.entity or "")
            is_part = target is not None and target.kind == "lines" and target.parent == self.of.entity
            if (
                target is not None
                and is_part
                and target.scan
                and field.type == "reference"
                and self._is_writable(field)
            ):
                yield field, target

    def _of_part(self, label: Label) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        """What the code of one of its lines belongs to, and that line by field."""
        for field, target in self._parts():
            if not self.ctx.kernel.may("read", target.key):
                continue
            where: Filter = {
                "or": [{"field": k, "op": "in", "value": list(label.codes)} for k in target.scan]
            }
            found = list_records(self.ctx, target.key, Wanted(where, limit=2, count="none")).records
            if len(found) != 1:
                continue
            owners = Lookups(self.ctx, self.words, self.entity, self.of, self.given).found(found[0].parent_id)
            if owners:
                given = {**self.given, self.of.key: str(owners[0]["id"])}
                part = Lookups(self.ctx, self.words, self.entity, field, given).item(target, found[0])
                return owners[0], {field.key: part}
        return None, {}

    def _item(self, label: Label) -> Mapping[str, Any] | None:
        lookups = Lookups(self.ctx, self.words, self.entity, self.of, self.given)
        found = (item for item in lookups.resolve(label.codes) if item is not None)
        return next(found, None)

    def _is_writable(self, field: Field) -> bool:
        kernel = self.ctx.kernel
        return kernel.is_readable(self.entity.key, field.key) and kernel.is_writable(
            self.entity.key, field.key, deed="create"
        )

    def _plain(self, field: Field, text: str) -> dict[str, Any]:
        kind = FIELD_TYPES.find(field.type)
        value: Value | Problem = kind.parse(text, field) if kind is not None else None
        if value is None or isinstance(value, Problem):
            return {}
        fields = Fields(self.ctx, self.words, Titles(self.ctx), self.entity, "create", Formulas(self.ctx))
        return {field.key: fields.value(field, value)}

    def _named(
        self, field: Field, label: Label, given: Mapping[str, str]
    ) -> tuple[Any | None, Mapping[str, Any] | None]:
        """A record that the label names by the fields that are on labels, a batch by its number; or what it takes to enter it."""
        target = self.ctx.app.package.entity(field.entity or "")
        if target is None or not self.ctx.kernel.may("read", target.key):
            return None, None
        said = {
            f.key: label.values[f.gs1]
            for f in target.fields
            if f.gs1 in label.values and not f.is_computed and f.type not in REFERENCE_TYPES
        }
        names = [key for key in said if key in target.scan or key == target.title]
        if not names:
            return None, None
        lookups = Lookups(self.ctx, self.words, self.entity, field, given)
        where: list[Filter] = [{"field": key, "op": "=", "value": said[key]} for key in names]
        own = lookups.limits()
        parts = [*where, *([own] if own else []), *self._of_thing(target, given)]
        page = list_records(self.ctx, target.key, Wanted({"and": parts}, limit=2, count="none"))
        if page.records:
            return lookups.item(target, page.records[0]), None
        return None, self._missing(field, target, said, given)

    def _of_thing(self, target: Entity, given: Mapping[str, str]) -> Iterator[Filter]:
        """Where the target says which thing it is of, it must be the one that was scanned."""
        for field in target.fields:
            if field.type == "reference" and field.gs1 == THING and field.entity == self.of.entity:
                id = self.ctx.engine.database.read_id(given[self.of.key])
                yield {"field": field.key, "op": "=", "value": id}

    def _missing(
        self, field: Field, target: Entity, said: Mapping[str, str], given: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        if not self.ctx.kernel.may("create", target.key):
            return None
        things = (f for f in target.fields if f.gs1 == THING and f.entity == self.of.entity)
        body = {**said, **{f.key: given[self.of.key] for f in things}}
        return {
            "field": field.key,
            "title": target.title,
            "label": f"{self.words.of(target.label)} {said.get(target.title, '')}".strip(),
            "src": addresses.api_records(self.ctx.app.key, target.key),
            "body": body,
        }
