"""Picking: the records that the fields of a filter offer as people type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from builder.runtime.api.body import answer, read_object
from builder.runtime.lookup import look_up, resolve
from builder.runtime.pages.site import Site


def add_picking(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/pick/<entity>``."""

    @pages.get("/a/<app>/pick/<entity>")
    def pick(app: str, entity: str) -> Response:
        with site.reading(app) as ctx:
            rows = look_up(ctx, entity, request.args.get("q", "").strip())
            return answer({"items": [_item(row) for row in rows]})

    @pages.post("/a/<app>/pick/<entity>")
    def pick_many(app: str, entity: str) -> Response:
        texts = read_object(request).get("resolve")
        with site.reading(app) as ctx:
            rows = resolve(ctx, entity, [str(t) for t in texts] if isinstance(texts, list) else [])
            return answer({"items": [_item(row) if row else None for row in rows]})


def _item(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": row["id"], "label": row["title"], "code": row["subtitle"]}
