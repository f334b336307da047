"""What concerns an app as a whole, in the OpenAPI document: ledgers, reports, settings, imports, exports, jobs."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from builder.metadata.text import in_locale
from builder.runtime.api.openapi_pieces import KEY, body, done, in_path, in_query
from builder.runtime.context import Context

UPLOAD = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                    **{
                        name: {"type": "string"}
                        for name in ("entity", "sheet", "mapping", "upsert_by", "dry_run")
                    },
                },
                "required": ["file", "entity"],
            }
        }
    }
}

FIELD_FILES = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "entity": {"type": "string"},
                    "field": {"type": "string"},
                    "file": {
                        "type": "array",
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                    },
                },
                "required": ["entity", "field", "file"],
            }
        }
    }
}


def add_app(spec: APISpec, ctx: Context, locale: str) -> None:
    """Every path of the app that concerns no single record."""
    base = f"/apps/{ctx.app.key}"
    _plain(spec, base, "The app as the caller may see it")
    _plain(spec, f"{base}/openapi.json", "This document")
    for ledger in ctx.app.package.ledgers:
        if ctx.kernel.measures(ledger.key):
            _add_ledger(spec, f"{base}/ledgers/{ledger.key}", in_locale(ledger.label, locale, ledger.key))
    _add_evaluated(spec, base)
    _add_files(spec, base)
    _add_administration(spec, base)


def _plain(spec: APISpec, path: str, summary: str, *names: str, query: tuple[str, ...] = ()) -> None:
    get = {"summary": summary, "parameters": [in_query(q) for q in query], "responses": done(summary)}
    spec.path(path, parameters=[in_path(n) for n in names], operations={"get": get})


def _written(summary: str, schema: str | None = None, status: str = "200", **more: Any) -> dict[str, Any]:
    sent = {"requestBody": body(schema)} if schema else {}
    return {"summary": summary, **sent, **more, "responses": done(summary, None, status)}


def _add_ledger(spec: APISpec, base: str, label: str) -> None:
    _plain(spec, f"{base}/balances", label, query=("group", "filter", "as_of", "zero"))
    _plain(spec, f"{base}/entries", label, query=("filter", "from", "to", "cursor", "limit"))
    start = ("entry", "line", "record", "filter")
    _plain(spec, f"{base}/trace", label, query=(*start, "direction", "by", "depth"))
    _plain(spec, f"{base}/recall", label, query=(*start, "format"))
    _plain(spec, f"{base}/cost-path", label, query=start)
    close = _written("Close", "Period", "201", parameters=[KEY])
    reopen = _written("Reopen", "Reopen", parameters=[KEY])
    _plain(spec, f"{base}/periods", label, query=("through",))
    spec.path(f"{base}/periods", operations={"post": close, "delete": reopen})
    other = _written(
        "Cost by another method from the next period on; ``dry_run`` only looks", "Switch", parameters=[KEY]
    )
    _plain(spec, f"{base}/method", label)
    spec.path(f"{base}/method", operations={"post": other})
    again = _written("Work again what came late; a job where that is long", parameters=[KEY])
    spec.path(f"{base}/replay", operations={"post": again})


def _add_evaluated(spec: APISpec, base: str) -> None:
    shown = ("format", "compare", "period", "limit", "offset")
    _plain(spec, f"{base}/reports/{{report}}", "A report; parameters as query", "report", query=shown)
    behind = "What a figure counts; its groups as ``g.<column>``"
    _plain(spec, f"{base}/reports/{{report}}/behind", behind, "report", query=("column", "compare"))
    _plain(spec, f"{base}/computations", "Computations and what they ask for")
    ran = _written("Make its records; ``dry_run`` only looks", "Computation", parameters=[KEY])
    at = [in_path("computation")]
    spec.path(f"{base}/computations/{{computation}}", parameters=at, operations={"post": ran})
    _plain(spec, f"{base}/dashboards/{{dashboard}}", "A dashboard's cards", "dashboard")
    _plain(spec, f"{base}/mirror", "How long each step took, what waits", query=("family", "from", "to"))
    _plain(spec, f"{base}/health", "Health checks")
    _plain(spec, f"{base}/health/{{check}}", "What a check found", "check")


def _add_files(spec: APISpec, base: str) -> None:
    listed = ("filter", "q", "sort", "fields", "format")
    _plain(spec, f"{base}/exports/{{entity}}", "A list as a file", "entity", query=listed)
    _plain(spec, f"{base}/imports/{{entity}}/template", "A workbook to fill in", "entity")
    kept = _written("Files that wait for a record that names them", status="201", requestBody=FIELD_FILES)
    spec.path(f"{base}/files", operations={"post": kept})
    _plain(spec, f"{base}/files/{{file}}", "A file that a field holds, or one's own while it waits", "file")
    job = _written("A job", status="202", requestBody=UPLOAD)
    spec.path(f"{base}/imports", operations={"post": job})
    _plain(spec, "/imports/{id}/errors", "Rows to correct", "id")
    spec.path(
        "/imports/{id}/undo", parameters=[in_path("id")], operations={"post": _written("A job", status="202")}
    )
    _plain(spec, "/jobs", "Jobs")
    _plain(spec, "/jobs/{id}", "A job", "id")
    spec.path("/jobs/{id}/cancel", parameters=[in_path("id")], operations={"post": _written("The job")})


def _add_administration(spec: APISpec, base: str) -> None:
    _plain(spec, f"{base}/settings", "Settings")
    seen = {"summary": "First-run tours: one's own, and everybody's", "responses": done("Tours")}
    finished = _written("Keep what came of a tour", "Tour")
    spec.path(f"{base}/tours", operations={"get": seen, "post": finished})
    stage = {"summary": "Rehearsed or at work, and what is in the way", "responses": done("Stage")}
    turn = _written("Put to work, or back to rehearsal", "Stage", parameters=[KEY])
    spec.path(f"{base}/stage", operations={"get": stage, "put": turn})
    change = _written("Change", "SettingValue", parameters=[KEY])
    spec.path(f"{base}/settings/{{key}}", parameters=[in_path("key")], operations={"put": change})
    spec.path(f"{base}/grants", operations={"post": _written("Give or take a role", "Grant", "201")})
    _plain(spec, "/apps", "Apps")
    _plain(spec, "/me", "Who asks")
    _plain(spec, "/templates/questions", "What is asked to find a template")
    _plain(spec, "/templates/advice", "Templates that suit the answers, the best first")
    _plain(spec, "/events", "What is new", query=("since", "watch"))
    _plain(spec, "/notifications", "Notifications", query=("unread", "before"))
    spec.path("/notifications/read", operations={"post": _written("Mark as read", "Notices")})
    chosen = {"summary": "How the caller is told", "responses": done("Choices")}
    change = _written("Choose how to be told", "NoticeChoices")
    spec.path("/notifications/choices", operations={"get": chosen, "put": change})
    made = _written("A token, said once", "Token", "201")
    listed = {"summary": "Tokens", "responses": done("Tokens")}
    spec.path("/tokens", operations={"get": listed, "post": made})
    gone = {"summary": "Revoke", "responses": done("Revoked", None, "204")}
    spec.path("/tokens/{prefix}", parameters=[in_path("prefix")], operations={"delete": gone})
    users = {"summary": "Accounts", "responses": done("Accounts")}
    spec.path("/users", operations={"get": users, "post": _written("Add", "User", "201")})
    change = _written("Change", "User")
    spec.path("/users/{id}", parameters=[in_path("id")], operations={"patch": change})
    spec.path("/org-units", operations={"post": _written("Save", "OrgUnit", "201")})
