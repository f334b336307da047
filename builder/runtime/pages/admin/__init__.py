"""The pages of those who look after the system, and of everybody's own account."""

from __future__ import annotations

from flask import Blueprint

from builder.runtime.pages.admin.account import add_account
from builder.runtime.pages.admin.backup import add_backup
from builder.runtime.pages.admin.choices import add_choices
from builder.runtime.pages.admin.connections import add_connections
from builder.runtime.pages.admin.people import add_people
from builder.runtime.pages.admin.restore import add_restore
from builder.runtime.pages.admin.scenarios import add_scenarios
from builder.runtime.pages.admin.schedules import add_schedules
from builder.runtime.pages.admin.settings import add_settings
from builder.runtime.pages.admin.units import add_units
from builder.runtime.pages.site import Site


def add_admin(pages: Blueprint, site: Site) -> None:
    """All pages of this room."""
    add_account(pages, site)
    add_choices(pages, site)
    add_people(pages, site)
    add_units(pages, site)
    add_settings(pages, site)
    add_backup(pages, site)
    add_restore(pages, site)
    add_connections(pages, site)
    add_schedules(pages, site)
    add_scenarios(pages, site)
