"""The pages of those who look after the system, and of everybody's own account."""

from __future__ import annotations

from flask import Blueprint

from builder.runtime.pages.admin.account import add_account
from builder.runtime.pages.site import Site


def add_admin(pages: Blueprint, site: Site) -> None:
    """All pages of this room."""
    add_account(pages, site)
