"""Telling ledgers: dimensions and measures as the API says them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.runtime.context import Context


def as_json(ctx: Context, dimensions: Mapping[str, Any]) -> dict[str, Any]:
    """Dimensions as the API says them: id (or text) and title."""
    show = ctx.engine.database.show
    out: dict[str, Any] = {}
    for key, named in dimensions.items():
        if named is None:
            out[key] = None
        elif named.entity is None:
            out[key] = {"value": named.title, "title": named.title}
        else:
            out[key] = {"id": show(named.id), "title": named.title}
    return out


def amounts(measures: Mapping[str, Decimal]) -> dict[str, str]:
    return {key: format(value, "f") for key, value in measures.items()}
