"""Described: the paths of reports, files, jobs and notifications for OpenAPI, as the caller may use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.metadata.report import Parameter
from builder.metadata.text import in_locale
from builder.runtime.context import Context
from builder.runtime.exporting import XLSX

Operations = Mapping[str, Any]
TEXT = {"type": "string"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
FILE = {"text/csv": {"schema": TEXT}, XLSX: {"schema": {"type": "string", "format": "binary"}}}
JSON = {"application/json": {"schema": {"type": "object"}}}


def described(ctx: Context, locale: str) -> Iterator[tuple[str, Operations]]:
    """Each path with its operations."""
    app = f"/apps/{ctx.app.key}"
    for report in ctx.app.package.reports:
        if ctx.kernel.may_see("reports", report.key):
            asked = [_parameter(p, locale) for p in report.parameters]
            label = in_locale(report.label, locale, report.key)
            get = _operation(label, "reports", [*asked, _format()], {**JSON, **FILE})
            yield f"{app}/reports/{report.key}", {"get": get}
    for dashboard in ctx.app.package.dashboards:
        if ctx.kernel.may_see("dashboards", dashboard.key):
            label = in_locale(dashboard.label, locale, dashboard.key)
            yield f"{app}/dashboards/{dashboard.key}", {"get": _operation(label, "dashboards")}
    for entity in ctx.app.package.entities:
        if entity.kind != "lines" and ctx.kernel.may("export", entity.key):
            label = in_locale(entity.label, locale, entity.key)
            names = ("filter", "q", "sort", "fields", "archived")
            get = _operation(label, entity.key, [*(_query(n) for n in names), _format()], FILE)
            yield f"{app}/exports/{entity.key}", {"get": get}
    yield f"{app}/health", {"get": _operation("Health checks", "health")}
    yield f"{app}/imports", {"post": _import()}
    yield from _jobs()
    yield "/notifications", {"get": _operation("What the caller was told", "notifications")}


def _operation(
    summary: str,
    tag: str,
    parameters: list[Mapping[str, Any]] | None = None,
    content: Mapping[str, Any] = JSON,
    status: str = "200",
) -> dict[str, Any]:
    wrong = {"description": "A problem", "content": PROBLEM}
    responses = {status: {"description": summary, "content": content}, "404": wrong, "422": wrong}
    return {"summary": summary, "tags": [tag], "parameters": parameters or [], "responses": responses}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": TEXT}


def _format() -> dict[str, Any]:
    return {**_query("format"), "schema": {"type": "string", "enum": ["json", "csv", "xlsx"]}}


def _parameter(parameter: Parameter, locale: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "date"} if parameter.type == "date" else TEXT
    return {**_query(parameter.key), "description": in_locale(parameter.label, locale), "schema": schema}


def _import() -> dict[str, Any]:
    properties = {
        "file": {"type": "string", "format": "binary"},
        "entity": TEXT,
        "mapping": {"type": "string", "description": "JSON: column number to field"},
        "upsert_by": TEXT,
        "sheet": TEXT,
        "dry_run": {"type": "string", "enum": ["1"]},
    }
    shape = {"type": "object", "required": ["file", "entity"], "properties": properties}
    made = _operation("Import a workbook or CSV file", "imports", status="202")
    return {**made, "requestBody": {"content": {"multipart/form-data": {"schema": shape}}}}


def _jobs() -> Iterator[tuple[str, Operations]]:
    id = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    yield "/jobs", {"get": _operation("Jobs of the caller", "jobs")}
    yield "/jobs/{id}", {"get": _operation("How far a job is", "jobs", [id])}
    yield "/jobs/{id}/cancel", {"post": _operation("Stop a job", "jobs", [id])}
    yield "/imports/{id}/errors", {"get": _operation("Refused rows", "imports", [id], FILE)}
    yield "/imports/{id}/undo", {"post": _operation("Take an import back", "imports", [id], status="202")}
