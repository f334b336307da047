"""A computation's page: what it asks for, what every row would come to, and the button that makes it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import RunComputation
from builder.errors import BuilderError, NotFoundError
from builder.metadata.computation import Computation
from builder.metadata.entity import Entity, Field
from builder.metadata.report import Parameter
from builder.runtime.api.body import whole
from builder.runtime.computations import computation_of, parameters_of
from builder.runtime.context import Context
from builder.runtime.handlers.computed import seen_of
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused
from builder.runtime.pages.cells import Cell, Cells, is_number
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.reporting.parameters import read_parameters

PAGE = "/a/<app>/computations/<key>"
MOST_ROWS = 500
OUTCOMES = ("new", "changed", "same", "gone")
CONSTANT = frozenset({"True", "False"})
TONES = {"new": "green", "changed": "blue", "same": "gray", "gone": "amber"}


def add_computations(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/computations/<key>``."""

    @pages.get(PAGE)
    def computation(app: str, key: str) -> str:
        return _drawn(site, app, key, None)

    @pages.post(PAGE)
    def computation_send(app: str, key: str) -> BaseResponse | tuple[str, int]:
        command = RunComputation(app, key, _sent(site, app, key), *_chosen())
        try:
            answer = site.door.send(site.actor(), command, request.form.get("key") or None)
        except BuilderError as error:
            return _drawn(site, app, key, error), error.status
        made = answer["counts"]["new"] + answer["counts"]["changed"] + answer["counts"]["gone"]
        query = {k: v for k, v in request.form.items() if k.startswith("p.")}
        return done(addresses.built_in_page(app, f"computations/{key}"), str(made), **query)


def _chosen() -> tuple[tuple[str, ...] | None, str | None]:
    """The rows that were ticked, each sent as what was seen of it and its key, or all of them; and what was seen of these together."""
    if not request.form.get("some"):
        return None, request.form.get("seen")
    ticked = [value.partition(" ") for value in request.form.getlist("only")]
    return tuple(key for _, _, key in ticked), seen_of(seen for seen, _, _ in ticked)


def _sent(site: Site, app: str, key: str) -> Mapping[str, Any]:
    with site.reading(app) as ctx:
        asked = parameters_of(ctx, computation_of(ctx, key))
    return {p.key: request.values[f"p.{p.key}"] for p in asked if f"p.{p.key}" in request.values}


def _drawn(site: Site, app: str, key: str, error: BuilderError | None) -> str:
    words = site.words()
    sent = _sent(site, app, key)
    told: Mapping[str, Any] = {}
    # Also after a refusal: what it comes to now is what one must look at next.
    try:
        told = site.door.dispatch(site.actor(), RunComputation(app, key, sent), dry_run=True)
    except NotFoundError:
        raise
    except BuilderError as found:
        error = error or found
    with site.reading(app) as ctx:
        model = computation_of(ctx, key)
        entity = ctx.app.package.entity(model.entity)
        assert entity is not None
        said = whole(request.args.get("said", ""))
        return site.page(
            "computation.html",
            title=words.of(model.label),
            help=words.of(model.help),
            here=request.path,
            parameters=[_parameter(ctx, words, p, sent) for p in parameters_of(ctx, model)],
            sent=[(k, v) for k, v in request.values.items() if k.startswith("p.")],
            table=Preview(ctx, words, entity, model).drawn(told) if told else None,
            left=_left(words, model, told.get("left", ())),
            into=words.of(entity.label_plural or entity.label),
            list_url=addresses.list_page(app, entity.key),
            error=refused(words, error),
            said=words.say("page.computation_done", n=said) if said is not None else "",
            key=site.door.engine.new_key(),
        )


def _left(words: Words, model: Computation, left: Sequence[Mapping[str, str]]) -> str:
    """What was left out, in a sentence."""
    is_tasks = model.schedule is not None
    named = [one["name"] if is_tasks else f"{one['name']} {_short(one['quantity'])}" for one in left]
    names = words.say("page.computation_and").join(named)
    return (
        words.say("page.computation_unplaced" if is_tasks else "page.computation_left", names=names)
        if left
        else ""
    )


def _short(quantity: str) -> str:
    """Without the zeros at its end."""
    return quantity.rstrip("0").rstrip(".") if "." in quantity else quantity


def _parameter(
    ctx: Context, words: Words, parameter: Parameter, sent: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The question with what was answered, or else with what it begins with."""
    entity = ctx.app.package.entity(parameter.entity or "")
    value = _answered(ctx, parameter, sent)
    if entity is not None and value:
        id = ctx.engine.database.read_id(value)
        found = {"id": value, "label": Titles(ctx).of(entity.key, id)} if id is not None else None
        return _asked(ctx, words, parameter, found)
    return _asked(ctx, words, parameter, value or None)


def _answered(ctx: Context, parameter: Parameter, sent: Mapping[str, Any]) -> str:
    if parameter.key in sent:
        return str(sent[parameter.key])
    # What must be answered and has no default is asked for, not refused.
    value = read_parameters(ctx, (replace(parameter, required=False),), {})[parameter.key]
    if value is None:
        return ""
    if parameter.entity and isinstance(value, int):
        return ctx.engine.database.show(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _asked(ctx: Context, words: Words, parameter: Parameter, value: Any) -> Mapping[str, Any]:
    entity = ctx.app.package.entity(parameter.entity or "")
    lookup = addresses.pick(ctx.app.key, entity.key) if entity is not None else ""
    return {
        "key": f"p.{parameter.key}",
        "label": words.of(parameter.label),
        "type": parameter.type,
        "value": value,
        "lookupUrl": lookup,
    }


@dataclass(frozen=True)
class Preview:
    """What the computation would come to, as words: one row for each record, or for each of its lines."""

    ctx: Context
    words: Words
    entity: Entity
    computation: Computation

    def drawn(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        rows: Sequence[Mapping[str, Any]] = told["rows"]
        counts = told["counts"]
        return {
            "columns": [*self._named, *((self.words.of(f.label), is_number(f)) for f in self._columns)],
            "rows": [self._row(row) for row in rows[:MOST_ROWS]],
            "counts": [
                (TONES[name], self.words.say(f"page.computation_{name}", n=counts[name]))
                for name in OUTCOMES
                if counts[name]
            ],
            "fills": not self.computation.makes,
            "todo": counts["new"] + counts["changed"] + counts["gone"],
            "more": max(0, len(rows) - MOST_ROWS),
            "seen": told["seen"],
        }

    @cached_property
    def _head(self) -> list[Field]:
        return self._readable(self.entity, self.computation.map)

    @cached_property
    def _line(self) -> tuple[Entity | None, list[Field]]:
        lines = self.computation.lines
        field = self.entity.field(lines.field) if lines is not None else None
        model = self.ctx.app.package.entity(field.entity or "") if field is not None else None
        return model, self._readable(model, lines.map) if model is not None and lines is not None else []

    @property
    def _named(self) -> list[tuple[str, bool]]:
        """Where rows name their records, those are what tells them apart."""
        return [(self.words.of(self.entity.label), False)] if self.computation.record is not None else []

    def _title(self, id: int) -> str:
        """What names the record, with its code: many are called alike."""
        titles, key = self._cells.titles, self.entity.key
        return " · ".join(filter(None, dict.fromkeys((titles.of(key, id), titles.code(key, id)))))

    @cached_property
    def _columns(self) -> list[Field]:
        return [*self._head, *self._line[1]]

    def _readable(self, entity: Entity, keys: Mapping[str, str]) -> list[Field]:
        """In the order in which the entity has them. What is the same in every row says nothing here, and a line of another document is
        called like the thing that stands beside it."""
        told = {key for key, expression in keys.items() if expression.strip() not in CONSTANT}
        found = (f for f in entity.fields if f.key in told)
        return [f for f in found if self.ctx.kernel.is_readable(entity.key, f.key) and not self._is_line(f)]

    def _is_line(self, field: Field) -> bool:
        target = self.ctx.app.package.entity(field.entity or "")
        return target is not None and target.kind == "lines"

    def _row(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        outcome = row["outcome"]
        head = [self._cell(self.entity, f, row["values"].get(f.key)) for f in self._head]
        was = {
            f.key: self._cell(self.entity, f, row["was"][f.key]) for f in self._head if f.key in row["was"]
        }
        model, fields = self._line
        lines = (
            [[self._cell(model, f, line.get(f.key)) for f in fields] for line in row["lines"]]
            if model
            else []
        )
        shown = [was.get(f.key) for f in self._head]
        url = addresses.record_page(self.ctx.app.key, self.entity.key, row["id"]) if row["id"] else ""
        if self._named:
            id = self.ctx.engine.database.read_id(row["id"] or "")
            title = self._title(id) if id is not None else ""
            head, shown = [Cell(title, url=url), *head], [None, *shown]
        return {
            "key": f"{row['seen']} {row['key']}",
            "outcome": self.words.say(f"page.computation_is_{outcome}"),
            "tone": TONES[outcome],
            "is_done": outcome == "same",
            "cells": list(zip(head, shown, strict=True)),
            "lines": lines or [[]],
            "url": url,
        }

    def _cell(self, entity: Entity, field: Field, value: Any) -> Cell:
        exact = self.ctx.input.value(field, value, "", []) if value is not None else None
        return self._cells.cell(entity, field, exact)

    @cached_property
    def _cells(self) -> Cells:
        return Cells(self.ctx, self.words, Titles(self.ctx))
