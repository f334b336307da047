"""Endpoints of computations: which there are, and running one, looked at first with ``dry_run``."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import RunComputation
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import ComputationShape
from builder.runtime.computations import may_compute, parameters_of


def add_computations(api: Blueprint, door: Door) -> None:
    """Routes under ``/apps/<app>/computations``."""

    @api.get("/apps/<app>/computations")
    def computations(app: str) -> Response:
        """Those that the actor may run, with what they ask for."""
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            found = [c for c in ctx.app.package.computations if may_compute(ctx.kernel, c)]
            items = [
                {
                    "key": c.key,
                    "label": c.label,
                    "entity": c.entity,
                    "parameters": [_asked(p) for p in parameters_of(ctx, c)],
                }
                for c in found
            ]
        return answer({"items": items})

    @api.post("/apps/<app>/computations/<computation>")
    def run(app: str, computation: str) -> Response:
        """Make its records; with ``dry_run`` only what it would come to."""
        actor = door.identify(request)
        body = read_shape(request, ComputationShape())
        only = None if body["only_"] is None else tuple(body["only_"])
        command = RunComputation(app, computation, body["parameters"], only, body["seen"])
        return answer(door.dispatch(actor, command, key=key_wanted(request), dry_run=body["dry_run"]))


def _asked(parameter: Any) -> dict[str, Any]:
    return {"key": parameter.key, "label": parameter.label, "type": parameter.type}
