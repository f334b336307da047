"""Ledgers on pages: what is there, what moved, each entry with its document, and why a number is what it is."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint

from builder.runtime.pages.ledgers.balances import add_balances
from builder.runtime.pages.ledgers.card import add_card
from builder.runtime.pages.ledgers.close import add_close
from builder.runtime.pages.ledgers.cost import add_cost
from builder.runtime.pages.ledgers.method import add_method
from builder.runtime.pages.ledgers.movements import add_movements
from builder.runtime.pages.ledgers.trace import add_trace
from builder.runtime.pages.ledgers.why import add_why
from builder.runtime.pages.site import Site

TEXTS = Path(__file__).parent / "i18n"


def add_ledgers(pages: Blueprint, site: Site) -> None:
    """Everything below ``/a/<app>/ledgers/<ledger>``."""
    add_balances(pages, site)
    add_movements(pages, site)
    add_card(pages, site)
    add_why(pages, site)
    add_cost(pages, site)
    add_trace(pages, site)
    add_close(pages, site)
    add_method(pages, site)


__all__ = ["TEXTS", "add_ledgers"]
