"""Rehearsing: pages on which a rule, an approval or the whole draft is tried: on one record, and on what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from builder.designer.pickers import Choice
from builder.designer.rehearsal import DeedTried, Hit, Rehearsals, Replayed, RuleTried
from builder.designer.room import Opened, Room
from builder.designer.sentences.explain import Explainer, condition_words
from builder.errors import BuilderError, NotFoundError, Problem
from builder.metadata.frames import Frame
from builder.metadata.package import Package
from builder.metadata.rule import Rule

KINDS = ("rule", "approval", "draft")
DAYS = (30, 90, 365)
TRIED_ENTITIES = frozenset({"master", "document"})
ALL = "all"


@dataclass(frozen=True)
class Tried:
    """What the address asks to try on one record, and what came of it."""

    entity: str
    entities: Sequence[Choice]
    deeds: Sequence[Choice]
    deed: str
    text: str
    record: str
    found: Sequence[Hit]
    rule: RuleTried | None = None
    deed_tried: DeedTried | None = None
    problems: tuple[Problem, ...] = ()


def install_rehearsing(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/<app>/try/<kind>/<key>")
    def try_one(app: str, kind: str, key: str) -> str:
        opened, rehearsals, package = _opened(room, app, kind)
        values = _about(opened, package, kind, key, request.args.get("transition", ""))
        tried = _tried(opened, rehearsals, package, kind, key) if kind != "approval" else None
        return room.render(
            "try.html",
            opened,
            tried=tried,
            kind=kind,
            key=key,
            days=DAYS,
            may_replay=rehearsals.may_replay(package, kind, key),
            explain=_explainer(opened, package, kind, key),
            **values,
        )

    @blueprint.post("/<app>/try/<kind>/<key>/history")
    def try_history(app: str, kind: str, key: str) -> Response:
        opened, rehearsals, _ = _opened(room, app, kind)
        days = request.form.get("days", "")
        wanted = next((d for d in DAYS if str(d) == days), DAYS[0])
        transition = request.form.get("transition", "")
        id = rehearsals.start(opened.actor, app, kind, key, transition, wanted)
        return redirect(url_for("design.try_result", app=app, id=id), 303)  # type: ignore[return-value]

    @blueprint.get("/<app>/try/result/<id>")
    def try_result(app: str, id: str) -> str:
        opened, rehearsals, package = _opened(room, app, KINDS[0])
        found = rehearsals.replayed(opened.actor, app, id)
        return room.render(
            "try_result.html",
            opened,
            found=found,
            days=DAYS,
            **_of_result(opened, package, found),
        )


def _opened(room: Room, app: str, kind: str) -> tuple[Opened, Rehearsals, Package]:
    """The draft, what tries it, and its package; 404 for what cannot be tried at all."""
    opened = room.open(app)
    package = opened.judged.package
    if room.rehearsals is None or package is None or kind not in KINDS:
        raise NotFoundError(kind=kind)
    return opened, room.rehearsals, package


def _about(opened: Opened, package: Package, kind: str, key: str, transition: str) -> dict[str, Any]:
    """What is tried: its name, and where it is edited."""
    words, app = opened.words, opened.app
    if kind == "draft":
        return {"title": words("d.try.draft"), "edit": url_for("design.release", app=app), "transition": ""}
    name = ("rule", key) if kind == "rule" else ("workflow", key)
    if name not in opened.draft.nodes:
        raise NotFoundError(kind=kind, key=key)
    edit = url_for("design.definition", app=app, kind=name[0], key=key)
    title = opened.called(name)
    if kind == "approval":
        workflow = next((w for w in package.workflows if w.key == key), None)
        found = workflow.transition(transition) if workflow is not None else None
        if workflow is None or found is None:
            raise NotFoundError(kind=kind, key=key)
        entity = package.entity(workflow.entity)
        title = f"{words.text(entity.label) if entity else title} · {words.text(found.label)}"
    return {"title": title, "edit": edit, "transition": transition}


def _of_result(opened: Opened, package: Package, found: Replayed) -> dict[str, Any]:
    try:
        values = _about(opened, package, found.kind, found.key, found.transition)
    except NotFoundError:
        # What was tried is gone from the draft; what was found stays readable.
        values = {"title": opened.words("d.try.gone"), "edit": "", "transition": found.transition}
    return {**values, "kind": found.kind, "key": found.key}


def _tried(opened: Opened, rehearsals: Rehearsals, package: Package, kind: str, key: str) -> Tried:
    text, record = request.args.get("q", "").strip()[:100], request.args.get("record", "")
    entities = _entities(opened, package, kind, key)
    asked = request.args.get("entity", "")
    known = [c.value for c in entities]
    entity = asked if asked in known else (known[0] if known else "")
    deeds = _deeds(opened, package, entity) if kind == "draft" else ()
    wanted = request.args.get("deed", "")
    deed = wanted if wanted in {d.value for d in deeds} else (deeds[0].value if deeds else "")
    found = rehearsals.find(opened.actor, opened.app, entity, text) if entity else ()
    rule = _rule(package, key) if kind == "rule" else None
    if rule is not None and rule.when.kind == "threshold":
        entity = str(rule.when.ledger or "")
        found = rehearsals.balances(opened.actor, opened.app, package, key, text)
    tried = Tried(entity, entities, deeds, deed, text, record, found)
    if not record:
        return tried
    return _on_record(opened, rehearsals, package, tried, kind, key)


def _on_record(
    opened: Opened, rehearsals: Rehearsals, package: Package, tried: Tried, kind: str, key: str
) -> Tried:
    common = (tried.entity, tried.entities, tried.deeds, tried.deed, tried.text, tried.record, tried.found)
    try:
        if kind == "rule":
            return Tried(*common, rule=rehearsals.rule(opened.actor, opened.app, package, key, tried.record))
        done = rehearsals.deed(opened.actor, opened.app, package, tried.entity, tried.record, tried.deed)
        return Tried(*common, deed_tried=done)
    except BuilderError as error:
        problems = tuple(error.problems) or (Problem(error.code, error.path, error.params, error.message),)
        return Tried(*common, problems=problems)


def _entities(opened: Opened, package: Package, kind: str, key: str) -> Sequence[Choice]:
    """The kinds of records that it can be tried on."""
    words = opened.words
    if kind == "rule":
        rule = _rule(package, key)
        entity = package.entity(rule.when.entity or "") if rule is not None else None
        parent = (
            package.entity(entity.parent)
            if entity is not None and entity.kind == "lines" and entity.parent
            else entity
        )
        return [Choice(parent.key, words.text(parent.label))] if parent is not None else []
    return [Choice(e.key, words.text(e.label)) for e in package.entities if e.kind in TRIED_ENTITIES]


def _deeds(opened: Opened, package: Package, entity: str) -> Sequence[Choice]:
    words = opened.words
    found = [Choice("create", words("d.try.create")), Choice("save", words("d.try.save"))]
    workflow = package.workflow_of(entity)
    moves = workflow.transitions if workflow is not None else ()
    return [*found, *(Choice(t.key, words.text(t.label)) for t in moves if not t.automatic)]


def _rule(package: Package, key: str) -> Rule | None:
    return next((r for r in package.rules if r.key == key), None)


def _explainer(opened: Opened, package: Package, kind: str, key: str) -> Any:
    """Conditions in words."""
    rule = _rule(package, key) if kind == "rule" else None
    frame = (
        Frame(self_=rule.when.entity or "", ledger=rule.when.ledger or "", grain=rule.when.grain or "")
        if rule
        else Frame()
    )
    explainer = Explainer(package, frame, opened.words)
    return lambda source: condition_words(explainer, source)


def last_runs(room: Room, opened: Opened, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the rule did lately, beside its sentence, and whether what it waits for is in the history."""
    if room.rehearsals is None or not body.get("uid"):
        return {"ran": (), "may_replay": False}
    package = opened.judged.package
    return {
        "ran": room.rehearsals.ran(opened.actor, opened.app, str(body["uid"])),
        "may_replay": package is not None and room.rehearsals.may_replay(package, "rule", str(body["key"])),
    }
