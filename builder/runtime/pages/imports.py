"""The import page: choose a file, see what would happen, correct the columns, import, follow it, take it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError, InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.text import in_locale
from builder.runtime import jobs
from builder.runtime.api.body import whole
from builder.runtime.context import Context
from builder.runtime.imports import Preview, preview, start_import, start_undo
from builder.runtime.imports.errors_file import place
from builder.runtime.imports.holding import drop, held, hold
from builder.runtime.imports.matching import Target, candidates
from builder.runtime.pages.admin_menu import may_import
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.storage import jobs as stored_jobs
from builder.storage.jobs import JobRow
from builder.web.problems import problem_list

ROWS = 5
PROBLEMS = 30
JOBS = 10
COLOURS: Mapping[str, str] = {
    "waiting": "gray",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "cancelled": "gray",
}


def add_imports(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/import`` and its steps."""

    @pages.get("/a/<app>/import")
    def import_page(app: str) -> str:
        return _page(site, app, entity=request.args.get("entity", ""))

    @pages.post("/a/<app>/import")
    def import_look(app: str) -> str:
        """Look at the file: sent now, or held since the look before."""
        actor, entity = site.actor(), request.form.get("entity", "")
        engine = site.door.engine
        try:
            if request.form.get("held"):
                token = request.form["held"]
                content, name = held(engine, actor, token)
            else:
                content, name = _file()
                token = hold(engine, actor, content, name)
            by = request.form.get("upsert_by") or None
            found = preview(engine, actor, app, entity, content, chosen=_chosen(), upsert_by=by)
        except BuilderError as error:
            return _page(site, app, entity=entity, error=error)
        return _page(site, app, entity=entity, found=found, token=token, name=name, by=by)

    @pages.post("/a/<app>/import/start")
    def import_start(app: str) -> BaseResponse:
        actor, token = site.actor(), request.form.get("held", "")
        engine = site.door.engine
        content, name = held(engine, actor, token)
        upsert_by = request.form.get("upsert_by") or None
        start_import(
            engine,
            actor,
            app,
            request.form.get("entity", ""),
            content,
            chosen=_chosen(),
            upsert_by=upsert_by,
            name=name,
        )
        drop(engine, token)
        return redirect(f"/a/{app}/import#jobs")

    @pages.post("/a/<app>/import/<id>/<any(undo,cancel):deed>")
    def import_deed(app: str, id: str, deed: str) -> BaseResponse:
        actor, engine = site.actor(), site.door.engine
        if deed == "undo":
            start_undo(engine, actor, site.door.id(id))
        else:
            jobs.cancel(engine, actor, site.door.id(id))
        return redirect(f"/a/{app}/import#jobs")


def _file() -> tuple[bytes, str]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidError(problems=[Problem("IMPORT_EMPTY", "/file")])
    return file.read(), file.filename


def _chosen() -> dict[int, str] | None:
    """The columns as they were chosen; None where nothing was."""
    columns = ((whole(key[1:]), value) for key, value in request.form.items() if key[:1] == "c")
    return {column: value for column, value in columns if column is not None} or None


def _page(
    site: Site,
    app: str,
    *,
    entity: str = "",
    found: Preview | None = None,
    token: str = "",
    name: str = "",
    by: str | None = None,
    error: BuilderError | None = None,
) -> str:
    words = site.words()
    with site.reading(app) as ctx:
        entities = [e for e in ctx.app.package.entities if may_import(e, ctx.kernel)]
        model = next((e for e in entities if e.key == entity), None)
        shown = _preview(ctx, words, found) if found is not None else None
        choices = [(e.key, words.of(e.label)) for e in entities]
        runs = list(_jobs(site, ctx, words))
        return site.page(
            "import.html",
            app=app,
            entity=entity,
            entities=choices,
            found=shown,
            held=token,
            name=name,
            upsert_by=by,
            problem=_problem(words, error) if error is not None else None,
            to_fill_in=f"/api/v1/apps/{app}/imports/{entity}/template" if model is not None else "",
            jobs=runs,
            is_running=any(run["running"] for run in runs),
        )


def _problem(words: Words, error: BuilderError) -> Mapping[str, Any]:
    return {
        "title": words.message(error.code, error.params, error.message),
        "errors": problem_list(error.problems, words.messages, words.locale),
    }


def _preview(ctx: Context, words: Words, found: Preview) -> Mapping[str, Any]:
    """The look at a file, in words."""
    entity = found.entity
    targets = [(t.name, _label(ctx, words, entity, t)) for t, _ in candidates(ctx.app.package, entity)]
    columns = [
        {"index": index, "header": text, "target": target.name if target else ""}
        for index, (text, target) in enumerate(zip(found.sheet.header, found.matched.targets, strict=True))
    ]
    return {
        "count": found.count,
        "columns": columns,
        "targets": targets,
        "missing": [words.of(f.label) for f in found.matched.missing],
        "rows": list(found.rows[:ROWS]),
        "problems": [
            {"row": p.row, "text": _told(ctx, words, entity, p.problem)} for p in found.problems[:PROBLEMS]
        ],
        "more": max(0, len(found.problems) - PROBLEMS),
        "uniques": [(f.key, words.of(f.label)) for f in entity.fields if f.unique and not f.archived],
    }


def _label(ctx: Context, words: Words, entity: Entity, target: Target) -> str:
    if target.field is None:
        return words.say("page.date")
    lines = entity.field(target.lines) if target.lines else None
    label = words.of(target.field.label)
    return f"{words.of(lines.label)} · {label}" if lines is not None else label


def _told(ctx: Context, words: Words, entity: Entity, problem: Problem) -> str:
    params = {
        k: in_locale(v, words.locale) if isinstance(v, Mapping) else v for k, v in problem.params.items()
    }
    text = words.message(problem.code, params, problem.message)
    label = place(problem.path, ctx.app.package, entity, words.locale)
    return f"{label}: {text}" if label and label not in text else text


def _jobs(site: Site, ctx: Context, words: Words) -> Iterator[Mapping[str, Any]]:
    """The reader's imports into this app, the newest first."""
    rows = stored_jobs.of(ctx.conn, ctx.ws, ctx.actor.user_id, limit=50)
    mine = [r for r in rows if r.kind in {"import", "import_undo"} and r.args.get("app") == ctx.app.key]
    for row in mine[:JOBS]:
        yield _job(site, ctx, words, row)


def _job(site: Site, ctx: Context, words: Words, row: JobRow) -> Mapping[str, Any]:
    entity = ctx.app.package.entity(row.args.get("entity", ""))
    progress = row.progress or {}
    done = progress.get("rows", progress.get("undone", 0))
    total = progress.get("total", row.args.get("total", 0))
    id = site.show(row.job_id)
    is_import = row.kind == "import"
    failed = progress.get("failed", 0)
    return {
        "id": id,
        "label": words.of(entity.label) if entity else "",
        "name": row.args.get("name", "") if is_import else words.say("page.import_undo"),
        "state": words.say(f"page.job.{row.state}"),
        "colour": COLOURS.get(row.state, "gray"),
        "running": row.state in {"waiting", "running"},
        "done": done,
        "total": total,
        "made": progress.get("made", progress.get("undone", 0)),
        "failed": failed,
        "when": words.ago(row.created_at),
        "errors_url": f"/api/v1/imports/{id}/errors" if failed else "",
        "can_undo": is_import and row.state in {"done", "failed", "cancelled"} and bool(progress.get("made")),
    }
