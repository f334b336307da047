"""Prints: a record on paper, as the browser prints it."""

from __future__ import annotations

from flask import Blueprint
from markupsafe import Markup

from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site, nonce
from builder.runtime.printing import print_of, print_records
from builder.runtime.veiling import veiled


def add_prints(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/<id>/print/<key>``."""

    @pages.get("/a/<app>/<entity>/<id>/print/<key>")
    def print_(app: str, entity: str, id: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            form = print_of(ctx, entity, key)
            record = ctx.load(entity, site.door.id(id))
            paper = print_records(veiled(ctx, record), form, [record], locale=words.locale, nonce=nonce())
        return site.page(
            "print.html",
            title=f"{words.of(form.label)} {paper.title}",
            # The sandbox escaped every value and the sheet was cleaned of whatever could run or load.
            sheet=Markup(paper.body),  # noqa: S704
            size=paper.page,
            back=addresses.record_page(app, entity, id),
        )
