"""Endpoints of merging: two records of one thing become one, looked at first with ``dry_run``, and taken back by the merge's id."""

from __future__ import annotations

from flask import Blueprint, Response, request

from builder.commands import MergeRecords, UnmergeRecords
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import MergeShape


def add_merging(api: Blueprint, door: Door) -> None:
    """``merge`` and ``unmerge`` under an entity."""

    @api.post("/apps/<app>/<entity>/merge")
    def merge(app: str, entity: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, MergeShape())
        with door.reading(actor, app) as ctx:
            ctx.kernel.check("read", entity)
        pairs = tuple((door.id(p["keep"]), door.id(p["away"])) for p in body["pairs"])
        take = {door.id(p["away"]): tuple(p["take"]) for p in body["pairs"] if p["take"]}
        command = MergeRecords(app, entity, pairs, take)
        return answer(door.dispatch(actor, command, key=key_wanted(request), dry_run=body["dry_run"]))

    @api.post("/apps/<app>/<entity>/unmerge/<merge>")
    def unmerge(app: str, entity: str, merge: str) -> Response:
        actor = door.identify(request)
        return answer(door.send(actor, UnmergeRecords(app, entity, door.id(merge)), key_wanted(request)))
