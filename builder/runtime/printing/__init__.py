"""Printing: one record as the HTML of a printed form, for the browser to print: a sheet of paper, its style, nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from builder.errors import NotFoundError
from builder.metadata.report import Print
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.live import with_live
from builder.runtime.printing.cleaning import cleaned
from builder.runtime.printing.sandbox import PrintEnvironment, rendered
from builder.runtime.printing.values import Viewer

PAGE = re.compile(r"^(A[3-6]|B5|letter|legal)( (portrait|landscape))?$|^\d{2,4}(\.\d+)?mm \d{2,4}(\.\d+)?mm$")
MOST_RECORDS = 200


@dataclass(frozen=True)
class Printed:
    """``body`` is harmless HTML with its styles; ``page`` a CSS page size; ``title`` names the paper."""

    print: Print
    title: str
    body: str
    page: str


def print_of(ctx: Context, entity: str, key: str) -> Print:
    """The print, if the actor may print records of its entity; else 404 or 403."""
    found = next((p for p in ctx.app.package.prints if p.key == key and p.entity == entity), None)
    if found is None:
        raise NotFoundError(print=key)
    ctx.kernel.check("print", entity)
    return found


def print_records(
    ctx: Context, print: Print, records: Sequence[Record], *, locale: str | None = None, nonce: str = ""
) -> Printed:
    """The records one after the other, each on a page of its own. ``nonce`` is the page's, for its styles."""
    locale = locale or ctx.actor.locale
    viewer = Viewer(ctx, locale, posted=".posted" in print.template)
    environment = PrintEnvironment(viewer.finalize)
    settings = viewer.settings()
    today = ctx.pending.today.isoformat()
    live = with_live(ctx, list(records[:MOST_RECORDS]))
    views = [viewer.record(record) for record in live]
    bodies = [
        rendered(
            print.template,
            {"record": view, "setting": settings, "locale": locale, "today": today, "user": ctx.actor.name},
            environment,
        )
        for view in views
    ]
    sheets = "\n".join(f'<div class="paper">{body}</div>' for body in bodies)
    title = str(views[0]) if len(views) == 1 else ""
    return Printed(print, title, cleaned(sheets, nonce), page_size(print.page))


def page_size(page: str) -> str:
    """A CSS page size, or A4 where the definition's is none."""
    return page if PAGE.match(page) else "A4"
