"""The endpoint of anchors: the heads of the command chains, for whoever keeps them elsewhere."""

from __future__ import annotations

from flask import Blueprint, Response, request

from builder.runtime.anchoring import heads_for
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door


def add_anchors(api: Blueprint, door: Door) -> None:
    """``/anchor``."""

    @api.get("/anchor")
    def anchor() -> Response:
        actor = door.identify(request)
        return answer(
            heads_for(door.engine, actor), headers={"Content-Disposition": 'attachment; filename="head.json"'}
        )
