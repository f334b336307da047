"""Prints: a record on paper. The template comes with the package, so it runs in a sandbox and its text is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from jinja2 import ChainableUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from builder.errors import ForbiddenError, InvalidError, NotFoundError
from builder.expressions.functions import FUNCTIONS
from builder.metadata.entity import Entity
from builder.metadata.report import Print
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.live import with_live
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.site import Site, nonce
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of

STYLE, STYLE_WITH_NONCE = "<style>", '<style nonce="{{ nonce }}">'
PAGES: Mapping[str, str] = {"A4": "210mm 297mm", "A5": "148mm 210mm"}
IN_TEMPLATES: Mapping[str, str] = {"RMB_CAPITALS": "RMB", "RMB": "RMB", "ROUND": "ROUND", "SUM": "SUM"}
"""What a template may call: name → function of the expression language."""


class Shown(str):
    """A value that prints as people read it and still computes: ``exact`` is what it stands for."""

    __slots__ = ("exact",)
    exact: Any

    def __new__(cls, text: str, exact: Any) -> Shown:
        made = super().__new__(cls, text)
        made.exact = exact
        return made


def add_prints(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/<id>/print/<key>``."""

    @pages.get("/a/<app>/<entity>/<id>/print/<key>")
    def print_(app: str, entity: str, id: str, key: str) -> str:
        with site.reading(app) as ctx:
            form = next((p for p in ctx.app.package.prints if p.key == key and p.entity == entity), None)
            record = ctx.load(entity, site.door.id(id))
            model = ctx.app.package.entity(entity)
            if form is None or model is None:
                raise NotFoundError(print=key)
            if not ctx.kernel.may("print", entity):
                raise ForbiddenError(deed="print", entity=entity)
            sheet = printed(ctx, site.words(), model, record, form)
            return site.page(
                "print.html",
                title=f"{site.words().of(form.label)} {title_of(model, record)}",
                # The sandboxed template escaped every value; its own markup is the package's.
                sheet=Markup(sheet),  # noqa: S704
                size=PAGES.get(form.page, form.page),
                back=addresses.record_page(app, entity, id),
                auto=request.args.get("now") == "1",
            )


def printed(ctx: Context, words: Words, entity: Entity, record: Record, form: Print) -> str:
    """The sheet as HTML, of what the actor may read."""
    sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=ChainableUndefined)
    # Filters that turn escaping off or walk attributes have no use on paper.
    for name in ("safe", "attr", "tojson", "pprint", "xmlattr"):
        sandbox.filters.pop(name, None)
    source = form.template.replace(STYLE, STYLE_WITH_NONCE)
    try:
        return sandbox.from_string(source).render(
            record=values_of(ctx, words, entity, record),
            setting={k: v for k, v in ctx.reader.settings.items() if not isinstance(v, Mapping)},
            locale=words.locale,
            nonce=nonce(),
            today=ctx.pending.today.isoformat(),
            **{name: _callable(function) for name, function in IN_TEMPLATES.items()},
        )
    except TemplateError as error:
        raise InvalidError("PRINT_FAILED", reason=str(error)[:200]) from error


def _callable(name: str) -> Any:
    function = FUNCTIONS.get(name)

    def call(*arguments: Any) -> Any:
        return function.call(*(getattr(a, "exact", a) for a in arguments))

    return call


def values_of(ctx: Context, words: Words, entity: Entity, record: Record) -> dict[str, Any]:
    """Everything about the record that a print may show, as words; lines are lists of the same."""
    record = with_live(ctx, [record])[0]
    titles = Titles(ctx)
    titles.prepare(entity, [record])
    cells = Cells(ctx, words, titles)
    made = _values(ctx, cells, entity, record)
    for field in entity.line_fields:
        model = ctx.app.package.entity(field.entity or "")
        if model is not None and ctx.kernel.is_readable(entity.key, field.key):
            made[field.key] = [_values(ctx, cells, model, line) for line in record.lines.get(field.key, ())]
    made |= {
        "state": cells.state(entity, record.state).text if record.state else "",
        "business_date": record.business_date.isoformat() if record.business_date else "",
        "created_by": titles.person(record.created_by),
        "created_at": words.instant(record.created_at),
        "owner": titles.person(record.owner_id),
        "title": title_of(entity, record),
    }
    return made


def _values(ctx: Context, cells: Cells, entity: Entity, record: Record) -> dict[str, Any]:
    return {
        f.key: Shown(cells.text(f, value), value) if (value := record.values.get(f.key)) is not None else ""
        for f in ctx.kernel.readable_fields(entity)
        if f.type != "lines"
    }
