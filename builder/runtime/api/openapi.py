"""OpenAPI 3.1 of one app as its caller may use it: paths per entity, shapes from marshmallow through apispec, records from field types."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.metadata.text import in_locale
from builder.runtime.api.app_shapes import APP_SHAPES
from builder.runtime.api.openapi_app import add_app
from builder.runtime.api.openapi_pieces import KEY, MATCH, body, done, errors, in_path
from builder.runtime.api.openapi_record import add_hanging, add_many
from builder.runtime.api.shapes import SHAPES
from builder.runtime.context import Context

ID = {"type": "string", "description": "Opaque id"}


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
    for name, shape in {**SHAPES, **APP_SHAPES}.items():
        spec.components.schema(name, schema=shape)
    _add_session(spec)
    for entity in package.entities:
        if entity.kind != "lines" and ctx.kernel.may("read", entity.key):
            _add_entity(spec, ctx, entity, locale)
    add_app(spec, ctx, locale)
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
                "requestBody": body("SignIn"),
                "responses": {"201": {"description": "Token and user"}, **errors("401", "429")},
            },
            "delete": {"summary": "Sign out", "responses": {"204": {"description": "Signed out"}}},
        },
    )
    spec.path(
        "/anchor",
        operations={
            "get": {
                "summary": "Heads of the command chains, to be kept elsewhere",
                "responses": {"200": {"description": "Heads, time and a hash over both"}, **errors("404")},
            }
        },
    )
    spec.path(
        "/tasks",
        operations={
            "get": {
                "summary": "Approval inbox; list: mine, done, started or cc",
                "responses": {"200": {"description": "Tasks"}},
            },
            "post": {
                "summary": "Decide many tasks, each on its own",
                "requestBody": body("TaskBatch"),
                "responses": {"200": {"description": "A result per task"}},
            },
        },
    )
    spec.path(
        "/tasks/{id}/{action}",
        parameters=[in_path("id"), in_path("action")],
        operations={
            "post": {
                "summary": "Decide",
                "requestBody": body("TaskAction"),
                "responses": done("The record"),
            }
        },
    )
    _add_tickets(spec)


def _add_tickets(spec: APISpec) -> None:
    spec.path(
        "/tickets",
        operations={
            "get": {
                "summary": "Tickets; list: mine, roles, overdue or all; state: open or closed",
                "responses": {"200": {"description": "Tickets"}},
            }
        },
    )
    spec.path(
        "/tickets/{id}",
        parameters=[in_path("id")],
        operations={"get": {"summary": "A ticket and what happened to it", "responses": done("The ticket")}},
    )
    spec.path(
        "/tickets/{id}/{action}",
        parameters=[in_path("id"), in_path("action")],
        operations={
            "post": {
                "summary": "close, hand-over, comment or reopen",
                "requestBody": body("TicketAction"),
                "responses": done("The ticket"),
            }
        },
    )


def _add_entity(spec: APISpec, ctx: Context, entity: Entity, locale: str) -> None:
    label = in_locale(entity.label, locale, entity.key)
    spec.components.schema(entity.key, record_schema(ctx, entity, locale))
    base = f"/apps/{ctx.app.key}/{entity.key}"
    many: dict[str, Any] = {
        "get": {
            "summary": label,
            "tags": [entity.key],
            "parameters": _list_parameters(),
            "responses": done("One page"),
        }
    }
    one: dict[str, Any] = {
        "get": {"summary": label, "tags": [entity.key], "responses": done("The record", entity.key)}
    }
    if ctx.kernel.may("create", entity.key):
        made = {
            "parameters": [KEY],
            "requestBody": body(entity.key),
            "responses": done("Created", entity.key, "201"),
        }
        many["post"] = {"summary": label, "tags": [entity.key], **made}
    if ctx.kernel.may("update", entity.key):
        changed = {
            "parameters": [KEY, MATCH],
            "requestBody": body(entity.key),
            "responses": done("Changed", entity.key),
        }
        one["patch"] = {"summary": label, "tags": [entity.key], **changed}
    if ctx.kernel.may("delete", entity.key):
        gone = {"204": {"description": "Removed"}, **errors("404", "409")}
        one["delete"] = {"summary": label, "tags": [entity.key], "responses": gone}
    spec.path(base, operations=many)
    spec.path(base + "/{id}", parameters=[in_path("id")], operations=one)
    add_hanging(spec, ctx, entity, base)
    add_many(spec, ctx, entity, base)
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
            "requestBody": body("Transition"),
            "responses": done("The record", entity.key),
        }
        spec.path(
            f"{base}/{{id}}/transitions/{transition.key}",
            parameters=[in_path("id")],
            operations={"post": post},
        )
    for conversion in entity.conversions:
        if not ctx.kernel.may_convert(entity.key, conversion.key):
            continue
        post = {
            "summary": in_locale(conversion.label, locale, conversion.key),
            "tags": [entity.key],
            "parameters": [KEY],
            "requestBody": body("Conversion"),
            "responses": done("The next document", None, "201"),
        }
        spec.path(
            f"{base}/{{id}}/conversions/{conversion.key}",
            parameters=[in_path("id")],
            operations={"post": post},
        )


def _list_parameters() -> list[dict[str, Any]]:
    text = {"type": "string"}
    names = ("filter", "q", "sort", "fields", "expand", "cursor")
    limit = {"type": "integer", "minimum": 1, "maximum": 500}
    found: list[dict[str, Any]] = [{"name": n, "in": "query", "schema": text} for n in names]
    found.append({"name": "limit", "in": "query", "schema": limit})
    found.append({"name": "count", "in": "query", "schema": {"enum": ["none", "capped", "exact"]}})
    return found


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
