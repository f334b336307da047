"""Endpoints of first-run tours: one's own, and for who cares for people how far everybody is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import FinishTour
from builder.runtime import tours
from builder.runtime.api.app_shapes import TourShape
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door


def add_tours(api: Blueprint, door: Door) -> None:
    """``/apps/{app}/tours``."""

    @api.get("/apps/<app>/tours")
    def read_tours(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            mine = [s for s in tours.standing(ctx) if s.user_id == actor.user_id]
            body: dict[str, Any] = {"items": [_item(door, s) for s in mine]}
            if ctx.kernel.has_right("people"):
                everybody = list(tours.standing(ctx))
                done = sum(s.outcome == "done" for s in everybody)
                body["people"] = [
                    {**_item(door, s), "user": door.show(s.user_id), "name": ctx.directory.name_of(s.user_id)}
                    for s in everybody
                ]
                body["completion"] = done * 100 // len(everybody) if everybody else 0
        return answer(body)

    @api.post("/apps/<app>/tours")
    def finish(app: str) -> Response:
        actor = door.identify(request)
        sent = read_shape(request, TourShape())
        return answer(door.send(actor, FinishTour(app, sent["role"], sent["outcome"]), key_wanted(request)))


def _item(door: Door, seen: tours.Seen) -> dict[str, Any]:
    return {
        "role": seen.role,
        "outcome": seen.outcome or None,
        "at": seen.at.isoformat() if seen.at else None,
    }
