"""Endpoint of erasing the personal values of a record's past."""

from __future__ import annotations

from flask import Blueprint, Response, request

from builder.commands import ForgetPast
from builder.runtime.api.body import answer, key_wanted
from builder.runtime.api.door import Door


def add_forgetting(api: Blueprint, door: Door) -> None:
    """``forget`` under a record."""

    @api.post("/apps/<app>/<entity>/<id>/forget")
    def forget(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        made = door.send(actor, ForgetPast(app, entity, door.id(id)), key_wanted(request))
        return answer(made, headers={"ETag": f'"{made["version"]}"'})
