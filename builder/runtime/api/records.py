"""Endpoints of records: list, make, read, change, remove, move, convert, in bulk, and what hangs on a record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import (
    AddComment,
    Convert,
    CreateRecord,
    DeleteRecord,
    FireTransition,
    FireTransitions,
    PressButton,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import InvalidError, Problem
from builder.runtime.api.body import (
    answer,
    flag_wanted,
    key_wanted,
    parse_json,
    read_object,
    read_shape,
    version_wanted,
    whole,
)
from builder.runtime.api.door import Door, foreseen_of, overrides_of, people_of
from builder.runtime.api.shapes import (
    BulkConversionShape,
    BulkShape,
    BulkTransitionShape,
    CommentShape,
    ConversionShape,
    TransitionShape,
)
from builder.runtime.expanding import expand
from builder.runtime.hanging import comments_of, entries_of, files_of, history_of, links_of
from builder.runtime.listing import MOST, Wanted, list_records, read_sort
from builder.runtime.live import with_live
from builder.runtime.veiling import hidden_among, veiled
from builder.web.locale import Messages
from builder.web.problems import problem_document

HANGING = {
    "history": history_of,
    "links": links_of,
    "entries": entries_of,
    "comments": comments_of,
    "files": files_of,
}


def wanted_of(args: Any) -> Wanted:
    """What the query string asks of a list; every problem at once."""
    problems: list[Problem] = []
    where = None
    if args.get("filter"):
        where = parse_json(args["filter"].encode())
    limit = args.get("limit", "50")
    rows = whole(limit)
    if rows is None or not 1 <= rows <= MOST:
        problems.append(Problem("LIMIT", "/limit", {"most": MOST}))
        rows = 50
    count = args.get("count", "capped")
    if count not in {"none", "capped", "exact"}:
        problems.append(Problem("PROPERTY_INVALID", "/count", {"detail": count}))
        count = "none"
    if problems:
        raise InvalidError(problems=problems)
    fields = tuple(f for f in args["fields"].split(",") if f) if "fields" in args else None
    return Wanted(
        where=where,
        text=args.get("q", "").strip(),
        sort=read_sort(args.get("sort")),
        fields=fields,
        limit=rows,
        cursor=args.get("cursor") or None,
        count=count,
        archived=flag_wanted(args, "archived"),
    )


def add_records(api: Blueprint, door: Door) -> None:
    """Routes under ``/apps/<app>/<entity>``."""

    @api.get("/apps/<app>/<entity>")
    def list_(app: str, entity: str) -> Response:
        actor = door.identify(request)
        wanted = wanted_of(request.args)
        with door.reading(actor, app) as ctx:
            page = list_records(ctx, entity, wanted)
            shown = door.representation(ctx)
            records = with_live(ctx, page.records, wanted.fields)
            hidden = hidden_among(ctx, entity, [record.id for record in records])
            items = [
                {k: v for k, v in item.items() if k not in hidden.get(record.id, ())}
                for record in records
                for item in [shown.record(record, wanted.fields)]
            ]
            expand(ctx, page.entity, page.records, items, request.args.get("expand", ""))
        count = {} if page.count is None else {"count": page.count, "capped": page.is_capped}
        return answer({"items": items, "next": page.next, **count})

    @api.post("/apps/<app>/<entity>")
    def create(app: str, entity: str) -> Response:
        actor = door.identify(request)
        values = read_object(request)
        overrides, foreseen = _overrides(values), foreseen_of(door, values.pop("_foreseen", None))
        submit = flag_wanted(request.args, "submit")
        command = CreateRecord(app, entity, values, submit, overrides=overrides, foreseen=foreseen)
        made = door.send(actor, command, key_wanted(request))
        return answer(
            made,
            201,
            {"ETag": f'"{made["version"]}"', "Location": f"/api/v1/apps/{app}/{entity}/{made['id']}"},
        )

    @api.get("/apps/<app>/<entity>/<id>")
    def read(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id))
            ctx = veiled(ctx, record)
            shown = door.representation(ctx).record(with_live(ctx, [record])[0])
            model = ctx.app.package.entity(entity)
            assert model is not None
            expand(ctx, model, [record], [shown], request.args.get("expand", ""))
        return answer(shown, headers={"ETag": f'"{record.version}"'})

    @api.patch("/apps/<app>/<entity>/<id>")
    def update(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        values = read_object(request)
        overrides = _overrides(values)
        command = UpdateRecord(app, entity, door.id(id), values, version_wanted(request), overrides)
        made = door.send(actor, command, key_wanted(request))
        return answer(made, headers={"ETag": f'"{made["version"]}"'})

    @api.delete("/apps/<app>/<entity>/<id>")
    def delete(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        door.send(actor, DeleteRecord(app, entity, door.id(id), version_wanted(request)), key_wanted(request))
        return Response(status=204)


def add_hanging(api: Blueprint, door: Door) -> None:
    """What hangs on a record, and what people say about it."""

    @api.get("/apps/<app>/<entity>/<id>/<any(history,links,entries,comments,files):what>")
    def hanging(app: str, entity: str, id: str, what: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id))
            items = HANGING[what](veiled(ctx, record), record)
        return answer({"items": items})

    @api.post("/apps/<app>/<entity>/<id>/comments")
    def comment(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, CommentShape())
        mentions = tuple(door.id(m) for m in body["mentions"])
        command = AddComment(app, entity, door.id(id), body["body"], mentions)
        return answer(door.send(actor, command, key_wanted(request)), 201)


def add_moves(api: Blueprint, door: Door, messages: Messages) -> None:
    """Routes of transitions, conversions, buttons of rules and bulk writes."""

    @api.post("/apps/<app>/<entity>/<id>/transitions/<transition>")
    def fire(app: str, entity: str, id: str, transition: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, TransitionShape(), optional=True)
        command = FireTransition(
            app,
            entity,
            door.id(id),
            transition,
            body.get("opinion", ""),
            body.get("fields_", {}),
            version_wanted(request),
            overrides_of(body.get("override", [])),
            approvers=people_of(door, body.get("approvers", {})),
            foreseen=foreseen_of(door, body.get("foreseen")),
        )
        return answer(door.send(actor, command, key_wanted(request)))

    @api.post("/apps/<app>/<entity>/transitions/<transition>")
    def fire_many(app: str, entity: str, transition: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, BulkTransitionShape())
        ids = tuple(door.id(text) for text in body["ids"])
        with door.reading(actor, app) as ctx:
            ctx.kernel.check("read", entity)
        command = FireTransitions(app, entity, ids, transition, body["atomic"], body["opinion"])
        return answer(with_errors(door.send(actor, command, key_wanted(request)), messages, actor.locale))

    @api.post("/apps/<app>/<entity>/<id>/conversions/<conversion>")
    def convert(app: str, entity: str, id: str, conversion: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, ConversionShape(), optional=True)
        limits = body.get("lines")
        lines = {door.id(line): amount for line, amount in limits.items()} if limits else None
        answers = {
            to: {door.id(line): values for line, values in rows.items()}
            for to, rows in body.get("line_fields", {}).items()
        }
        values = body.get("fields_", {})
        command = Convert(app, entity, (door.id(id),), conversion, lines, values, line_values=answers)
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.post("/apps/<app>/<entity>/<id>/buttons/<rule>")
    def press(app: str, entity: str, id: str, rule: str) -> Response:
        actor = door.identify(request)
        return answer(door.send(actor, PressButton(app, entity, door.id(id), rule), key_wanted(request)))

    @api.post("/apps/<app>/<entity>/conversions/<conversion>")
    def convert_many(app: str, entity: str, conversion: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, BulkConversionShape())
        command = Convert(app, entity, tuple(door.id(text) for text in body["ids"]), conversion, by="bulk")
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.post("/apps/<app>/<entity>/bulk")
    def bulk(app: str, entity: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, BulkShape())
        command = WriteRecords(app, entity, body["rows"], body["upsert_by"])
        return answer(door.send(actor, command, key_wanted(request)), 201)


def _overrides(values: dict[str, Any]) -> Any:
    sent = values.pop("_override", [])
    if not isinstance(sent, list) or not all(
        isinstance(o, dict)
        and isinstance(o.get("guard"), str)
        and isinstance(o.get("reason"), str)
        and o["reason"]
        for o in sent
    ):
        raise InvalidError(problems=[Problem("PROPERTY_INVALID", "/_override", {"detail": "guard, reason"})])
    return overrides_of(sent)


def with_errors(result: Any, messages: Messages, locale: str) -> Any:
    """Results per id, each refusal as the problem document that it would have been alone."""
    rows = []
    for row in result["results"]:
        error = row.get("error")
        rows.append(row if error is None else {**row, "error": problem_document(error, messages, locale)})
    return {"results": rows}
