"""Moving: the page on which an app's owner takes running approvals over to the live version, looked at first, told record by record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request

from builder.changes import Approval
from builder.commands import MoveApproval
from builder.errors import BuilderError, ForbiddenError, NotFoundError
from builder.metadata.workflow import Transition
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.storage import flow
from builder.workflow.definition import definition_of, every_node
from builder.workflow.flow import STOPS

MOST = 500


@dataclass(frozen=True, slots=True)
class Stop:
    """A step of the old version, and which steps of the live one may take its place."""

    uid: str
    label: str
    now: str
    """The step that takes its place unless another is picked; empty: none is known."""


@dataclass(frozen=True)
class Group:
    """Running approvals of one transition that began with the same definition."""

    key: str
    entity: str
    transition: str
    label: str
    entity_label: str
    records: tuple[Mapping[str, Any], ...]
    stops: tuple[Stop, ...]
    choices: tuple[tuple[str, str], ...]


def add_moving(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/approvals``."""

    @pages.get("/a/<app>/approvals")
    def moving(app: str) -> str:
        return _page(site, app)

    @pages.post("/a/<app>/approvals")
    def move(app: str) -> str:
        with _owning(site, app) as ctx:
            group = next((g for g in _groups(ctx, site.words()) if g.key == request.form.get("group")), None)
        if group is None:
            raise NotFoundError(approval=True)
        mapping = {s.uid: to for s in group.stops if (to := request.form.get(f"to.{s.uid}", ""))}
        done = request.form.get("do") == "move"
        results = [_moved(site, app, group, one, mapping, dry_run=not done) for one in group.records]
        return _page(site, app, told=group.key, results=results, done=done, mapping=mapping)


def _page(site: Site, app: str, **values: Any) -> str:
    with _owning(site, app) as ctx:
        groups = _groups(ctx, site.words())
        shown = {"results": (), "done": False, "told": "", "mapping": {}, **values}
        return site.page("moving.html", groups=groups, app=app, most=MOST, **shown)


@contextmanager
def _owning(site: Site, app: str) -> Iterator[Context]:
    """A look at the app as one of its owners; refused to everybody else."""
    with site.reading(app) as ctx:
        if ctx.actor.user_id not in ctx.directory.app_owners():
            raise ForbiddenError("APPROVALS_OF_OWNER")
        yield ctx


def _groups(ctx: Context, words: Words) -> list[Group]:
    """What runs on another definition than the live one, the same ones together."""
    found: dict[str, list[Approval]] = {}
    live: dict[str, dict[str, Any]] = {}
    moves: dict[str, Transition] = {}
    for approval, move, now in _behind(ctx):
        key = _key_of(approval, move)
        found.setdefault(key, []).append(approval)
        live[key], moves[key] = now, move
    return [_group(ctx, words, key, of, moves[key], live[key]) for key, of in found.items()]


def _behind(ctx: Context) -> Iterator[tuple[Approval, Transition, dict[str, Any]]]:
    """Running approvals whose definition is not the live one, with that."""
    for approval in flow.running_in(ctx.conn, ctx.ws, ctx.app.maps, ctx.app.row.app_id, MOST):
        workflow = ctx.app.package.workflow_of(approval.entity)
        move = workflow.transition(approval.transition) if workflow else None
        if move is not None and move.approval is not None:
            now = definition_of(ctx.app.package, approval.entity, move, move.from_[0])
            if not _same(approval.definition, now):
                yield approval, move, now


def is_behind(ctx: Context) -> bool:
    """Whether any approval could be taken over to the live version."""
    return next(_behind(ctx), None) is not None


def _key_of(approval: Approval, move: Transition) -> str:
    """The same for approvals that began with the same steps."""
    said = json.dumps([approval.entity, move.uid, approval.definition["nodes"]], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _same(old: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(old.get(name) == now.get(name) for name in ("nodes", "material", "repeat", "withdraw"))


def _group(
    ctx: Context, words: Words, key: str, of: list[Approval], move: Transition, live: Mapping[str, Any]
) -> Group:
    entity = ctx.app.package.entity(of[0].entity)
    assert entity is not None
    records = ctx.reader.get(entity.key, [a.record_id for a in of])
    show = ctx.engine.database.show
    listed = tuple(
        {
            "id": show(record.id),
            "title": title_of(entity, record, fallback=words.of(entity.label)),
            "url": addresses.record_page(ctx.app.key, entity.key, show(record.id)),
        }
        for a in of
        if (record := records.get(a.record_id)) is not None
    )
    choices = tuple((n["uid"], words.of(n["label"])) for n in every_node(live["nodes"]) if n["kind"] in STOPS)
    stops = tuple(_stops(words, of[0].definition, choices))
    label = words.of(live["label"]) or words.of(move.label)
    return Group(key, entity.key, move.key, label, words.of(entity.label), listed, stops, choices)


def _stops(words: Words, old: Mapping[str, Any], choices: tuple[tuple[str, str], ...]) -> Iterator[Stop]:
    """Each old step with the one of the same name that never changes, else of the same words."""
    for node in every_node(old["nodes"]):
        if node["kind"] not in STOPS:
            continue
        label = words.of(node["label"])
        same = next((uid for uid, _ in choices if uid == node["uid"]), "")
        alike = next((uid for uid, name in choices if name == label), "")
        yield Stop(node["uid"], label, same or alike)


def _moved(
    site: Site,
    app: str,
    group: Group,
    record: Mapping[str, Any],
    mapping: Mapping[str, str],
    *,
    dry_run: bool,
) -> Mapping[str, Any]:
    """What became of one record, or would: who is asked then, or why not."""
    words = site.words()
    command = MoveApproval(app, group.entity, site.door.id(record["id"]), group.transition, mapping)
    try:
        answer = site.door.dispatch(site.actor(), command, dry_run=dry_run)
    except BuilderError as error:
        return {**record, "ok": False, "said": [words.refusal(error)]}
    names = list(dict.fromkeys(one["name"] for one in answer.get("asked", ())))
    return {**record, "ok": True, "said": names}
