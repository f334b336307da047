"""Shapes of bodies that concern an app as a whole and the people who begin with it."""

from __future__ import annotations

from marshmallow import fields

from builder.runtime.api.shapes import Shape, text


class StageShape(Shape):
    live = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    override = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    reason = text(2000, load_default="")


class TourShape(Shape):
    role = text(64, required=True, metadata={"example": "clerk"})
    outcome = text(16, load_default="done")


APP_SHAPES = {"Stage": StageShape, "Tour": TourShape}
"""By their names in the OpenAPI document."""
