"""Org units: branches and departments, one below another, with who heads each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SaveOrgUnit
from builder.errors import BuilderError, ForbiddenError
from builder.runtime.pages.admin.standing import People, people_for
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.site import Site

PAGE = "/people/units"
PREFIX = "BM"
"""Before the number of a suggested code."""


def add_units(pages: Blueprint, site: Site) -> None:
    """``/people/units``."""

    @pages.get(PAGE)
    def units() -> str:
        return _page(site, request.args.get("unit", ""))

    @pages.post(PAGE)
    def unit_save() -> str | BaseResponse:
        actor, form = site.actor(), request.form
        head = site.door.id(form["head"]) if form.get("head") else None
        command = SaveOrgUnit(form.get("key", ""), form.get("name", ""), form.get("parent") or None, head)
        try:
            site.door.send(actor, command, None)
        except BuilderError as error:
            return _page(site, form.get("key", ""), error=error)
        return done(PAGE, "unit_saved")


def _page(site: Site, key: str, *, error: BuilderError | None = None) -> str:
    found = people_for(site)
    if not found.actor.is_admin:
        raise ForbiddenError(deed="people")
    chosen = next((u for u in found.units if u.key == key), None)
    parent = found.unit(chosen.parent_id) if chosen else None
    values = {
        "key": chosen.key if chosen else key or _free_key(found),
        "name": chosen.name if chosen else "",
        "parent": parent.key if parent else "",
        "head": site.show(chosen.head_user_id) if chosen and chosen.head_user_id else "",
    }
    if error is not None:
        values |= {name: request.form.get(name, "") for name in values}
    return site.page(
        "admin/units.html",
        rows=list(_tree(found, 0, 0)),
        values=values,
        is_known=chosen is not None,
        parents=found.unit_choices(but=key),
        heads=[(site.show(u.user_id), u.name) for u in found.users if u.status == "active"],
        **outcome(found.words, error),
    )


def _free_key(found: People) -> str:
    """A code for the next unit, so that nobody has to invent one; archived units keep theirs."""
    taken = {unit.key.casefold() for unit in found.units}
    return next(key for n in count(1) if (key := f"{PREFIX}{n:02}").casefold() not in taken)


def _tree(found: People, parent: int, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every unit with those below it."""
    for unit in found.units:
        if unit.parent_id != parent or unit.is_archived:
            continue
        head = next((u.name for u in found.users if u.user_id == unit.head_user_id), "")
        members = sum(u.org_unit_id == unit.org_unit_id and u.status == "active" for u in found.users)
        yield {"key": unit.key, "name": unit.name, "depth": depth, "head": head, "count": members}
        yield from _tree(found, unit.org_unit_id, depth + 1)
