"""Submitting: the path and the people of an approval, shown before a document goes on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from builder.commands import Command, CreateRecord, FireTransition
from builder.runtime.api.body import answer, read_object, read_shape
from builder.runtime.api.door import people_of
from builder.runtime.api.shapes import TransitionShape
from builder.runtime.foretelling import Told, foretell
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words


def add_submitting(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/path`` of what a form holds, ``/a/<app>/<entity>/<id>/path/<transition>`` of a record."""

    @pages.post("/a/<app>/<entity>/path")
    def path_of_new(app: str, entity: str) -> Response:
        values = {key: value for key, value in read_object(request).items() if not key.startswith("_")}
        return _shown(site, app, CreateRecord(app, entity, values, submit=True))

    @pages.post("/a/<app>/<entity>/<id>/path/<transition>")
    def path_of(app: str, entity: str, id: str, transition: str) -> Response:
        body = read_shape(request, TransitionShape(), optional=True)
        values, chosen = body.get("fields_", {}), people_of(site.door, body.get("approvers", {}))
        command = FireTransition(app, entity, site.door.id(id), transition, values=values, approvers=chosen)
        return _shown(site, app, command)


def _shown(site: Site, app: str, command: Command) -> Response:
    told = foretell(site.door.engine, site.actor(), command)
    with site.reading(app) as ctx:
        words, name_of = site.words(), ctx.directory.name_of
        return answer({"steps": [_step(site, words, one, name_of) for one in told]})


def _step(site: Site, words: Words, one: Told, name_of: Any) -> Mapping[str, Any]:
    return {
        "uid": one.uid,
        "kind": one.kind,
        "label": words.of(one.label),
        "note": _note(words, one),
        "people": _people(site, one.users, name_of),
    }


def _people(site: Site, users: Iterable[int], name_of: Any) -> list[Mapping[str, str]]:
    return [{"id": site.show(user), "name": name_of(user)} for user in users]


def _note(words: Words, one: Told) -> str:
    """How many of the people must agree, or that nobody is asked."""
    if one.kind != "approver":
        return words.say(f"page.path.{one.kind}")
    if not one.users:
        return words.say("page.path.skipped")
    return words.say(f"page.path.mode.{one.mode}") if len(one.users) > 1 else ""
