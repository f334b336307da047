"""Work as it flows: tickets, how processes really run, and who has what on the desk."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint

from builder.runtime.pages.site import Site
from builder.runtime.pages.work.board import add_board
from builder.runtime.pages.work.mirror import add_mirror
from builder.runtime.pages.work.tickets import add_tickets

TEXTS = Path(__file__).parent / "i18n"


def add_work(pages: Blueprint, site: Site) -> None:
    """``/tickets…``, ``/a/<app>/mirror…`` and ``/a/<app>/board``."""
    add_tickets(pages, site)
    add_mirror(pages, site)
    add_board(pages, site)


__all__ = ["TEXTS", "add_work"]
