"""OpenAPI 3.1 of one app as its caller may use it: paths per entity, shapes from marshmallow through apispec, records from field types."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.metadata.text import in_locale
from builder.runtime.api.described import described
from builder.runtime.api.shapes import SHAPES
from builder.runtime.context import Context

ID = {"type": "string", "description": "Opaque id"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def document(ctx: Context, locale: str) -> dict[str, Any]:
    """The document, valid against OpenAPI 3.1."""
    package = ctx.app.package
    spec = APISpec(
        title=in_locale(package.app.label, locale, ctx.app.key),
        version=str(ctx.app.row.live_version),
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        servers=[{"url": "/api/v1"}],
        security=[{"bearer": []}],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", _problem())
    for name, shape in SHAPES.items():
        spec.components.schema(name, schema=shape)
    _add_session(spec)
    for entity in package.entities:
        if entity.kind != "lines" and ctx.kernel.may("read", entity.key):
            _add_entity(spec, ctx, entity, locale)
    for ledger in package.ledgers:
        if ctx.kernel.measures(ledger.key):
            _add_ledger(spec, ctx.app.key, ledger.key, in_locale(ledger.label, locale, ledger.key))
    for path, operations in described(ctx, locale):
        spec.path(path, operations=dict(operations))
    found: dict[str, Any] = spec.to_dict()
    return found


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    part = {"type": "object", "properties": {"path": text, "code": text, "message": text}}
    properties = {"type": text, "title": text, "status": {"type": "integer"}, "code": text}
    return {"type": "object", "properties": {**properties, "errors": {"type": "array", "items": part}}}


def _add_session(spec: APISpec) -> None:
    spec.path(
        "/session",
        operations={
            "post": {
                "summary": "Sign in",
                "security": [],
                "requestBody": _body("SignIn"),
                "responses": {"201": {"description": "Token and user"}, **_errors("401", "429")},
            },
            "delete": {"summary": "Sign out", "responses": {"204": {"description": "Signed out"}}},
        },
    )
    spec.path(
        "/tasks",
        operations={
            "get": {"summary": "Approval inbox", "responses": {"200": {"description": "Open tasks"}}}
        },
    )
    spec.path(
        "/tasks/{id}/{action}",
        parameters=[_path("id"), _path("action")],
        operations={
            "post": {
                "summary": "Decide",
                "requestBody": _body("TaskAction"),
                "responses": _done("The record"),
            }
        },
    )


def _body(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _errors(*codes: str) -> dict[str, Any]:
    words = {
        "401": "Not signed in",
        "404": "Not found",
        "409": "Conflict",
        "422": "Invalid",
        "429": "Too many attempts",
    }
    content = {"application/problem+json": {"schema": PROBLEM}}
    return {code: {"description": words[code], "content": content} for code in codes}


def _done(description: str, schema: str | None = None, status: str = "200") -> dict[str, Any]:
    ok: dict[str, Any] = {"description": description}
    if schema:
        ok["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {status: ok, **_errors("401", "404", "409", "422")}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }


KEY = _header("Idempotency-Key", "The same key with the same body gives the same answer")
MATCH = _header("If-Match", "The version that you saw")


def _add_entity(spec: APISpec, ctx: Context, entity: Entity, locale: str) -> None:
    label = in_locale(entity.label, locale, entity.key)
    spec.components.schema(entity.key, record_schema(ctx, entity, locale))
    base = f"/apps/{ctx.app.key}/{entity.key}"
    many: dict[str, Any] = {
        "get": {
            "summary": label,
            "tags": [entity.key],
            "parameters": _list_parameters(),
            "responses": _done("One page"),
        }
    }
    one: dict[str, Any] = {
        "get": {"summary": label, "tags": [entity.key], "responses": _done("The record", entity.key)}
    }
    if ctx.kernel.may("create", entity.key):
        made = {
            "parameters": [KEY],
            "requestBody": _body(entity.key),
            "responses": _done("Created", entity.key, "201"),
        }
        many["post"] = {"summary": label, "tags": [entity.key], **made}
    if ctx.kernel.may("update", entity.key):
        changed = {
            "parameters": [KEY, MATCH],
            "requestBody": _body(entity.key),
            "responses": _done("Changed", entity.key),
        }
        one["patch"] = {"summary": label, "tags": [entity.key], **changed}
    if ctx.kernel.may("delete", entity.key):
        gone = {"204": {"description": "Removed"}, **_errors("404", "409")}
        one["delete"] = {"summary": label, "tags": [entity.key], "responses": gone}
    spec.path(base, operations=many)
    spec.path(base + "/{id}", parameters=[_path("id")], operations=one)
    _add_moves(spec, ctx, entity, base, locale)


def _add_moves(spec: APISpec, ctx: Context, entity: Entity, base: str, locale: str) -> None:
    workflow = ctx.app.package.workflow_of(entity.key)
    for transition in workflow.transitions if workflow else ():
        if transition.automatic or not ctx.kernel.may_fire(entity.key, transition.key):
            continue
        post = {
            "summary": in_locale(transition.label, locale, transition.key),
            "tags": [entity.key],
            "parameters": [KEY, MATCH],
            "requestBody": _body("Transition"),
            "responses": _done("The record", entity.key),
        }
        spec.path(
            f"{base}/{{id}}/transitions/{transition.key}", parameters=[_path("id")], operations={"post": post}
        )
    for conversion in entity.conversions:
        if not ctx.kernel.may_convert(entity.key, conversion.key):
            continue
        post = {
            "summary": in_locale(conversion.label, locale, conversion.key),
            "tags": [entity.key],
            "parameters": [KEY],
            "requestBody": _body("Conversion"),
            "responses": _done("The next document", None, "201"),
        }
        spec.path(
            f"{base}/{{id}}/conversions/{conversion.key}", parameters=[_path("id")], operations={"post": post}
        )


def _list_parameters() -> list[dict[str, Any]]:
    text = {"type": "string"}
    names = ("filter", "q", "sort", "fields", "expand", "cursor")
    limit = {"type": "integer", "minimum": 1, "maximum": 500}
    found: list[dict[str, Any]] = [{"name": n, "in": "query", "schema": text} for n in names]
    found.append({"name": "limit", "in": "query", "schema": limit})
    found.append({"name": "count", "in": "query", "schema": {"enum": ["none", "capped", "exact"]}})
    return found


def _add_ledger(spec: APISpec, app: str, key: str, label: str) -> None:
    for what in ("balances", "entries"):
        get = {"summary": label, "tags": [key], "responses": _done("Rows")}
        spec.path(f"/apps/{app}/ledgers/{key}/{what}", operations={"get": get})


def record_schema(ctx: Context, entity: Entity, locale: str) -> dict[str, Any]:
    """A record's body: every field that the actor may read."""
    properties: dict[str, Any] = {
        "id": {**ID, "readOnly": True},
        "version": {"type": "integer", "readOnly": True},
    }
    if ctx.app.package.workflow_of(entity.key) is not None:
        properties["state"] = {"type": ["string", "null"], "readOnly": True}
    for field in ctx.kernel.readable_fields(entity):
        properties[field.key] = _property(ctx, field, locale)
    return {"type": "object", "properties": properties}


def _property(ctx: Context, field: Field, locale: str) -> dict[str, Any]:
    described: dict[str, Any] = {"title": in_locale(field.label, locale, field.key)}
    if field.type == "lines":
        lines = ctx.app.package.entity(field.entity or "")
        rows = record_schema(ctx, lines, locale) if lines else {"type": "object"}
        return {**described, "type": "array", "items": rows}
    if field.is_computed or field.read_only:
        described["readOnly"] = True
    return {**described, **field_type(field.type).json_schema(field)}
