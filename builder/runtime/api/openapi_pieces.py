"""Pieces of OpenAPI operations that every path is put together from."""

from __future__ import annotations

from typing import Any

PROBLEM = {"$ref": "#/components/schemas/Problem"}


def body(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def errors(*codes: str) -> dict[str, Any]:
    words = {
        "401": "Not signed in",
        "404": "Not found",
        "409": "Conflict",
        "422": "Invalid",
        "429": "Too many attempts",
    }
    content = {"application/problem+json": {"schema": PROBLEM}}
    return {code: {"description": words[code], "content": content} for code in codes}


def done(description: str, schema: str | None = None, status: str = "200") -> dict[str, Any]:
    ok: dict[str, Any] = {"description": description}
    if schema:
        ok["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {status: ok, **errors("401", "404", "409", "422")}


def in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def in_query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }


KEY = header("Idempotency-Key", "The same key with the same body gives the same answer")
MATCH = header("If-Match", "The version that you saw")
