"""Routes of records: lists, forms, record pages, and what forms ask for while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from builder.commands import FireTransitions
from builder.errors import ForbiddenError, NotFoundError
from builder.metadata.channels import CHANNELS
from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.api.body import answer, key_wanted, read_object, read_shape
from builder.runtime.api.shapes import BulkTransitionShape
from builder.runtime.attachments import may_attach, may_detach
from builder.runtime.closed_days import warning_of
from builder.runtime.context import Context
from builder.runtime.handlers.records import blank_record, may_edit
from builder.runtime.handlers.sight import in_sight
from builder.runtime.live import with_live
from builder.runtime.overlapping import moving
from builder.runtime.pages import addresses
from builder.runtime.pages.approvals import choices, steps_of
from builder.runtime.pages.begun_with import another
from builder.runtime.pages.besides import beside
from builder.runtime.pages.cells import Cell
from builder.runtime.pages.deciding import deciding
from builder.runtime.pages.diagram import diagrams_of
from builder.runtime.pages.drafts import drafts_of
from builder.runtime.pages.effects import effects_of
from builder.runtime.pages.entering import entering
from builder.runtime.pages.facts import Facts
from builder.runtime.pages.forms import form_model
from builder.runtime.pages.given import given_values
from builder.runtime.pages.history import HistoryWords
from builder.runtime.pages.list_page import list_page
from builder.runtime.pages.lookups import Lookups, field_of
from builder.runtime.pages.merges import merged_with
from builder.runtime.pages.offering import offering
from builder.runtime.pages.prefilling import prefilled
from builder.runtime.pages.presses import presses
from builder.runtime.pages.record import RecordPage
from builder.runtime.pages.runs.record import runs_on
from builder.runtime.pages.site import Site
from builder.runtime.pages.suggesting import SUGGESTED, suggested_of
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.work.tickets import opening, record_tickets
from builder.runtime.representation import title_of
from builder.runtime.veiling import veiled
from builder.workflow.transitions import leads_to_approval


def add_records(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>…``; registered last, because these addresses take any second part."""
    _add_asking(pages, site)
    _add_forms(pages, site)
    _add_bulk(pages, site)

    @pages.get("/a/<app>/<entity>")
    def records(app: str, entity: str) -> str:
        with site.reading(app) as ctx:
            return list_page(site, ctx, entity)

    @pages.get("/a/<app>/<entity>/<id>")
    def record(app: str, entity: str, id: str) -> str:
        with site.reading(app) as ctx:
            return record_page(site, ctx, entity, id)


def _add_asking(pages: Blueprint, site: Site) -> None:
    @pages.get("/a/<app>/lookup/<entity>/<field>")
    def lookup(app: str, entity: str, field: str) -> Response:
        with site.reading(app) as ctx:
            model, of = field_of(ctx, entity, field)
            suggested = suggested_of(model, request.args.get(SUGGESTED, ""))
            lookups = Lookups(ctx, site.words(), model, of, request.args, suggested)
            id = request.args.get("id", "")
            if id and of.entity:
                return answer({"items": lookups.chosen(site.door.id(id))})
            text = request.args.get("q", "").strip()
            found = offering(lookups, text)
            return answer({**found, "create": entering(lookups, text, found["items"])})

    @pages.post("/a/<app>/lookup/<entity>/<field>")
    def resolve(app: str, entity: str, field: str) -> Response:
        texts = read_object(request).get("resolve")
        with site.reading(app) as ctx:
            model, of = field_of(ctx, entity, field)
            wanted = texts if isinstance(texts, list) else []
            return answer({"items": Lookups(ctx, site.words(), model, of, request.args).resolve(wanted)})

    @pages.get("/a/<app>/beside/<entity>/<lines>")
    def side(app: str, entity: str, lines: str) -> Response:
        with site.reading(app) as ctx:
            model, of = field_of(ctx, entity, lines)
            return answer(beside(ctx, site.words(), model, of, request.args))

    @pages.get("/a/<app>/<entity>/<id>/current")
    def current(app: str, entity: str, id: str) -> Response:
        """The record as the form holds it, for somebody whose version is another one."""
        with site.reading(app) as ctx:
            model = ctx.kernel.check("update", entity)
            record = ctx.load(entity, site.door.id(id), "update")
            ctx = veiled(ctx, record)
            record = with_live(ctx, [record])[0]
            made = form_model(ctx, site.words(), model, record, is_new=False)
            return answer({**made.data["values"], **made.rows(), "version": record.version})


def _add_bulk(pages: Blueprint, site: Site) -> None:
    @pages.post("/a/<app>/<entity>/bulk/<transition>")
    def bulk(app: str, entity: str, transition: str) -> Response:
        """One move of many records, each on its own; what was refused is said in words."""
        actor, words = site.actor(), site.words()
        body = read_shape(request, BulkTransitionShape())
        ids = tuple(site.door.id(text) for text in body["ids"])
        command = FireTransitions(app, entity, ids, transition, False, body["opinion"])
        done = site.door.send(actor, command, key_wanted(request))
        results = [
            {
                "id": row["id"],
                "ok": row["ok"],
                "message": words.refusal(row["error"]) if "error" in row else "",
            }
            for row in done["results"]
        ]
        return answer({"results": results})


def _add_forms(pages: Blueprint, site: Site) -> None:
    @pages.get("/a/<app>/<entity>/new")
    def new(app: str, entity: str) -> str:
        with site.reading(app) as ctx:
            model = ctx.kernel.check("create", entity)
            if model.kind == "lines":
                raise NotFoundError(entity=entity)
            # An address may name records out of sight: nothing of those may fill the form.
            started, _ = in_sight(ctx, model, _started(ctx, model), None)
            return _form(site, ctx, model, prefilled(ctx, model, started), is_new=True)

    @pages.get("/a/<app>/<entity>/<id>/edit")
    def edit(app: str, entity: str, id: str) -> str:
        with site.reading(app) as ctx:
            model = ctx.kernel.check("update", entity)
            record = ctx.load(entity, site.door.id(id), "update")
            if not may_edit(ctx, model, record):
                raise ForbiddenError("STATE_CLOSED", entity=model.label, state="")
            ctx = veiled(ctx, record)
            record = with_live(ctx, [record])[0]
            return _form(site, ctx, model, record, is_new=False)


def _started(ctx: Context, model: Entity) -> Record:
    """A blank record with the header values that the address brings: ``?supplier=…``."""
    writable = (f for f in model.record_fields if ctx.kernel.is_writable(model.key, f.key, deed="create"))
    return blank_record(ctx, model).with_values(given_values(ctx, writable, request.args))


def _form(site: Site, ctx: Context, model: Entity, record: Record, *, is_new: bool) -> str:
    words, app = site.words(), ctx.app.key
    label = words.of(model.label)
    id = site.show(record.id)
    page = RecordPage(ctx, words, model, record, Titles(ctx))
    return site.page(
        "form.html",
        form=form_model(ctx, words, model, record, is_new=is_new),
        title=words.say("page.new_of", entity=words.inside(label))
        if is_new
        else f"{label} {title_of(model, record)}",
        state=page.cells.state(model, record.state) if record.state and not is_new else Cell(),
        action=addresses.api_records(app, model.key) if is_new else addresses.api_record(app, model.key, id),
        method="POST" if is_new else "PATCH",
        version="" if is_new else record.version,
        current="" if is_new else f"{addresses.record_page(app, model.key, id)}/current",
        done=addresses.record_page(app, model.key, "{id}" if is_new else id),
        back=addresses.list_page(app, model.key) if is_new else addresses.record_page(app, model.key, id),
        draft=f"{ctx.actor.user_id}.{app}.{model.key}.{'new' if is_new else id}",
        submit=_submit(page, is_new=is_new),
    )


def _submit(page: RecordPage, *, is_new: bool) -> Mapping[str, Any] | None:
    """The button that saves and submits at once, of a new document and of a draft; None where the actor may not press it, and for a draft
    where the move asks something first: its page does."""
    ctx, words, app, model = page.ctx, page.words, page.app, page.entity
    workflow = ctx.app.package.workflow_of(model.key)
    found = (
        (t for t in workflow.transitions if t.default and page.record.state in t.from_) if workflow else ()
    )
    default = next(iter(found), None)
    rights = ctx.kernel if is_new else moving(ctx, page.record).kernel
    if default is None or not rights.may_fire(model.key, default.key, None if is_new else page.record):
        return None
    leads = leads_to_approval(workflow, default)
    if is_new:
        data = {"action": f"{addresses.api_records(app, model.key)}?submit=1"}
        path = addresses.path_of_new(app, model.key)
    elif default.confirm or default.opinion or (leads and choices(ctx, words, page.record, page.people_url)):
        return None
    else:
        action = addresses.api_transition(app, model.key, page.id, default.key)
        data = {"action": action, "method": "POST", "nest": "fields"}
        path = addresses.path_of(app, model.key, page.id, default.key)
    label = words.say("page.save_and", label=words.inside(words.of(default.label)))
    return {"label": label, "data": data | ({"path": path} if leads else {})}


def record_page(site: Site, ctx: Context, entity: str, id: str) -> str:
    """One record with everything around it."""
    words = site.words()
    record = _readable(site, ctx, entity, id)
    ctx = veiled(ctx, record)
    model = ctx.app.package.entity(entity)
    assert model is not None
    record = with_live(ctx, [record])[0]
    titles = Titles(ctx)
    titles.prepare(model, [record])
    page = RecordPage(ctx, words, model, record, titles)
    found = deciding(ctx, words, record, page.people_url, lambda keys: page.asked(model, keys))
    task = page.my_task()
    closed = warning_of(ctx, model, record)
    links = page.links()
    return site.page(
        "record.html",
        page=page,
        label=words.of(model.label),
        title=title_of(model, record, fallback=words.of(model.label)),
        state=page.cells.state(model, record.state) if record.state else Cell(),
        list_url=addresses.list_page(ctx.app.key, model.key),
        edit_url=addresses.edit_page(ctx.app.key, model.key, page.id) if page.may_edit() else "",
        another_url=another(ctx, model, record),
        api=addresses.api_record(ctx.app.key, model.key, page.id),
        app_url=addresses.app_page(ctx.app.key),
        sections=Facts(ctx, words, page.cells, model, record).sections(),
        moves=page.moves(),
        conversions=page.conversions(),
        presses=presses(ctx, words, record),
        prints=page.prints(),
        steps=steps_of(ctx, words, record),
        diagrams=diagrams_of(ctx, words, record),
        task=task,
        deciding=found,
        links=links,
        drafts=drafts_of(ctx.app.key, ctx.app.package, links),
        merged=merged_with(site, ctx, model, record),
        closed=words.message(closed.code, closed.params) if closed is not None else "",
        effects=effects_of(ctx, words, titles, record),
        history=HistoryWords(ctx, words, page.cells, model).versions(page.history()),
        automation=runs_on(ctx, words, record),
        comments=page.comments(),
        tickets=record_tickets(site, ctx, record),
        opening=opening(ctx, words, record, page.people_url),
        attachments=page.attachments(),
        may_attach=may_attach(ctx, record),
        may_detach=may_detach(ctx, record),
        made=words.ago(record.created_at),
        changed=words.ago(record.updated_at),
        maker=titles.person(record.created_by),
        came_by=words.of(CHANNELS.get(record.created_via or "")),
        changer=titles.person(record.updated_by),
    )


def _readable(site: Site, ctx: Context, entity: str, id: str) -> Record:
    """The record; who has an open task on it may see it even where no role shows it."""
    wanted = site.door.id(id)
    try:
        return ctx.load(entity, wanted)
    except NotFoundError:
        model = ctx.app.package.entity(entity)
        record = (
            ctx.reader.get(entity, [wanted]).get(wanted)
            if model is not None and model.kind != "lines"
            else None
        )
        if record is None or RecordPage(ctx, site.words(), model, record, Titles(ctx)).my_task() is None:  # type: ignore[arg-type]
            raise
        return record
