"""Endpoints of imports, exports and jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import InvalidError, Problem
from builder.runtime import jobs
from builder.runtime.api.body import answer, flag_wanted, parse_json, whole
from builder.runtime.api.door import Door
from builder.runtime.api.records import wanted_of
from builder.runtime.api.sending import format_wanted, sent, workbook
from builder.runtime.exporting import Export
from builder.runtime.exports import export_list
from builder.runtime.imports import Preview, import_of, preview, start_import, start_undo
from builder.runtime.imports.errors_file import errors_file
from builder.runtime.imports.workbook import import_template
from builder.storage import jobs as stored_jobs
from builder.storage.jobs import JobRow
from builder.web.locale import Messages

SHOWN_PROBLEMS = 500


def add_exports(api: Blueprint, door: Door) -> None:
    """``/apps/<app>/exports/<entity>`` and empty workbooks to fill in."""

    @api.get("/apps/<app>/exports/<entity>")
    def export(app: str, entity: str) -> Response:
        actor = door.identify(request)
        kind = format_wanted(request)
        wanted = wanted_of(request.args)
        # The snapshot lives as long as the answer: rows are read while they are sent.
        held = ExitStack()
        try:
            ctx = held.enter_context(door.reading(actor, app))
            made = export_list(ctx, entity, wanted, "csv" if kind == "csv" else "xlsx")
        except BaseException:
            held.close()
            raise

        def pieces() -> Iterator[bytes]:
            with held:
                yield from made.pieces

        response = sent(Export(made.name, made.mime, pieces()))
        response.call_on_close(held.close)
        return response

    @api.get("/apps/<app>/imports/<entity>/template")
    def import_sheet(app: str, entity: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            return sent(import_template(ctx, entity))


def add_imports(api: Blueprint, door: Door, messages: Messages) -> None:
    """``/apps/<app>/imports`` and what comes of one."""

    @api.post("/apps/<app>/imports")
    def import_(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app):
            file = request.files.get("file")
        entity = request.form.get("entity", "")
        problems = [Problem("REQUIRED", "/file", {"field": "file"})] if file is None else []
        problems += [] if entity else [Problem("REQUIRED", "/entity", {"field": "entity"})]
        if file is None or problems:
            raise InvalidError(problems=problems)
        content = file.read()
        options: dict[str, Any] = {"chosen": _chosen()} | {
            key: request.form.get(key) or None for key in ("sheet", "upsert_by")
        }
        if flag_wanted(request.form, "dry_run"):
            return answer(_preview(preview(door.engine, actor, app, entity, content, **options)))
        id = start_import(door.engine, actor, app, entity, content, name=file.filename or "", **options)
        return answer(_job(door, jobs.job_of(door.engine, actor, id)), 202)

    @api.get("/imports/<id>/errors")
    def import_errors(id: str) -> Response:
        actor = door.identify(request)
        row, kept = import_of(door.engine, actor, door.id(id))
        with door.reading(actor, row.args["app"]) as ctx:
            entity = ctx.kernel.check("create", row.args["entity"])
            content = errors_file(kept, ctx.app.package, entity, messages, actor.locale)
        return workbook(content, f"errors-{id}.xlsx")

    @api.post("/imports/<id>/undo")
    def import_undo(id: str) -> Response:
        actor = door.identify(request)
        made = start_undo(door.engine, actor, door.id(id))
        return answer(_job(door, jobs.job_of(door.engine, actor, made)), 202)


def add_jobs(api: Blueprint, door: Door) -> None:
    """``/jobs``: how far long work is."""

    @api.get("/jobs")
    def job_list() -> Response:
        actor = door.identify(request)
        with door.engine.database.snapshot() as conn:
            rows = stored_jobs.of(conn, actor.workspace, None if actor.is_admin else actor.user_id)
        return answer({"items": [_job(door, row) for row in rows if jobs.is_reached(actor, row)]})

    @api.get("/jobs/<id>")
    def job_read(id: str) -> Response:
        actor = door.identify(request)
        return answer(_job(door, jobs.job_of(door.engine, actor, door.id(id))))

    @api.post("/jobs/<id>/cancel")
    def job_cancel(id: str) -> Response:
        actor = door.identify(request)
        jobs.cancel(door.engine, actor, door.id(id))
        return answer(_job(door, jobs.job_of(door.engine, actor, door.id(id))))


def _job(door: Door, row: JobRow) -> dict[str, Any]:
    return {
        "id": door.show(row.job_id),
        "kind": row.kind,
        "state": row.state,
        "progress": row.progress or {},
        "error": row.error or None,
        "created_at": row.created_at.isoformat(),
    }


def _chosen() -> dict[int, str] | None:
    """Which column goes where, as the caller says: ``{"0": "code", "3": ""}``."""
    text = request.form.get("mapping")
    if not text:
        return None
    found = parse_json(text.encode())
    if not isinstance(found, dict) or not all(
        whole(k) is not None and isinstance(v, str) for k, v in found.items()
    ):
        raise InvalidError(problems=[Problem("PROPERTY_INVALID", "/mapping", {"detail": "{column: field}"})])
    return {int(k): v for k, v in found.items()}


def _preview(made: Preview) -> dict[str, Any]:
    columns = [
        {"column": i, "header": text, "field": target.name if target else None}
        for i, (text, target) in enumerate(zip(made.sheet.header, made.matched.targets, strict=True))
    ]
    return {
        "columns": columns,
        "missing": [{"field": f.key, "label": f.label} for f in made.matched.missing],
        "count": made.count,
        "tried": made.tried,
        "rows": [list(row) for row in made.rows],
        "errors": [
            {"row": p.row, "path": p.problem.path, "code": p.problem.code, "params": dict(p.problem.params)}
            for p in made.problems[:SHOWN_PROBLEMS]
        ],
    }
