"""What hangs on a record and what is done with many at once, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from builder.metadata.entity import Entity
from builder.runtime.api.openapi_pieces import KEY, body, done, in_path, in_query
from builder.runtime.context import Context

HANGING = ("history", "links", "entries", "comments", "files")
UPLOAD = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {
                        "type": "array",
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                    }
                },
                "required": ["file"],
            }
        }
    }
}


def add_hanging(spec: APISpec, ctx: Context, entity: Entity, base: str) -> None:
    """History, links, entries, comments, files, the path of its approval, and what a change would come to."""
    one = f"{base}/{{id}}"
    for what in HANGING:
        operations: dict[str, Any] = {"get": _get(entity, what.title())}
        if what == "comments" and entity.comments:
            operations["post"] = _post(entity, "Say something", "Comment", status="201")
        if what == "files" and entity.attachments and ctx.kernel.may("update", entity.key):
            made = {"summary": "Attach files", "tags": [entity.key], "requestBody": UPLOAD}
            operations["post"] = {**made, "responses": done("The files", None, "201")}
        spec.path(f"{one}/{what}", parameters=[in_path("id")], operations=operations)
    spec.path(
        f"{one}/files/{{file}}",
        parameters=[in_path("id"), in_path("file")],
        operations={"get": _get(entity, "Download"), **_removed(ctx, entity)},
    )
    spec.path(
        f"{one}/approval/preview",
        parameters=[in_path("id")],
        operations={"get": _get(entity, "Steps and people before submitting")},
    )
    opened = _post(entity, "Open a ticket", "Ticket", status="201")
    spec.path(f"{one}/tickets", parameters=[in_path("id")], operations={"post": opened})
    move = _post(entity, "Put the running approval on the live version", "ApprovalMove")
    spec.path(f"{one}/approval/move", parameters=[in_path("id")], operations={"post": move})
    if ctx.kernel.may("update", entity.key) and ctx.kernel.may("delete", entity.key):
        erased = {
            "summary": "Erase personal values of the past",
            "tags": [entity.key],
            "responses": done("Erased"),
        }
        spec.path(
            f"{one}/forget", parameters=[in_path("id")], operations={"post": {**erased, "parameters": [KEY]}}
        )
    if ctx.kernel.may("update", entity.key):
        change = _post(entity, "What a change would come to", entity.key)
        spec.path(f"{one}/preview", parameters=[in_path("id")], operations={"post": change})


def _removed(ctx: Context, entity: Entity) -> dict[str, Any]:
    if not entity.attachments or not ctx.kernel.may("update", entity.key):
        return {}
    return {
        "delete": {"summary": "Take off", "tags": [entity.key], "responses": done("Taken off", None, "204")}
    }


def add_many(spec: APISpec, ctx: Context, entity: Entity, base: str) -> None:
    """Lookups, rows in bulk, moves and conversions of many, and buttons of rules."""
    look = {**_get(entity, "Look up"), "parameters": [in_query("q"), in_query("filter")]}
    spec.path(f"{base}/lookup", operations={"get": look, "post": _post(entity, "Find by texts", "Resolve")})
    if ctx.kernel.may("create", entity.key):
        spec.path(f"{base}/preview", operations={"post": _post(entity, "What it would come to", entity.key)})
        rows = {**_post(entity, "Write many", "Bulk", status="201"), "parameters": [KEY]}
        spec.path(f"{base}/bulk", operations={"post": rows})
    if (
        entity.kind in {"master", "tree"}
        and ctx.kernel.may("delete", entity.key)
        and ctx.kernel.may("update", entity.key)
    ):
        _add_merging(spec, entity, base)
    if ctx.app.package.workflow_of(entity.key) is not None:
        spec.path(
            f"{base}/transitions/{{transition}}",
            parameters=[in_path("transition")],
            operations={"post": _post(entity, "Move many", "BulkTransition")},
        )
    if entity.conversions:
        spec.path(
            f"{base}/conversions/{{conversion}}",
            parameters=[in_path("conversion")],
            operations={"post": _post(entity, "Convert many", "BulkConversion", status="201")},
        )
    if ctx.kernel.may("update", entity.key):
        press = {"summary": "Press a rule's button", "tags": [entity.key], "parameters": [KEY]}
        spec.path(
            f"{base}/{{id}}/buttons/{{rule}}",
            parameters=[in_path("id"), in_path("rule")],
            operations={"post": {**press, "responses": done("The record", entity.key)}},
        )


def _add_merging(spec: APISpec, entity: Entity, base: str) -> None:
    merged = {**_post(entity, "Merge records of one thing", "Merge"), "parameters": [KEY]}
    spec.path(f"{base}/merge", operations={"post": merged})
    back = {"summary": "Take a merge back", "tags": [entity.key], "responses": done("Taken back")}
    spec.path(f"{base}/unmerge/{{merge}}", parameters=[in_path("merge")], operations={"post": back})


def _get(entity: Entity, summary: str) -> dict[str, Any]:
    return {"summary": summary, "tags": [entity.key], "responses": done(summary)}


def _post(entity: Entity, summary: str, schema: str, status: str = "200") -> dict[str, Any]:
    return {
        "summary": summary,
        "tags": [entity.key],
        "requestBody": body(schema),
        "responses": done(summary, None, status),
    }
