"""Foreseeing: the path and the people that an approval of a draft would have, on a record as it is or as somebody types it. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from builder.commands import Actor
from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.package import Package
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.records import blank_record
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.subjects import subject_of
from builder.storage import accounts
from builder.workflow import approval as approvals
from builder.workflow.preview import Preview
from builder.workflow.transitions import starting


@dataclass(frozen=True)
class Tried:
    """``record`` is the id of one that is stored, or None for a new one; ``values`` are typed over it; ``by`` is the submitter's login."""

    workflow: str
    transition: str
    record: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    by: str = ""


def foresee_draft(ctx: Context, draft: Package, tried: Tried) -> tuple[Preview, ...] | None:
    """What the approval would show before submitting; None where it is not asked for. Raises ``NotFoundError``, ``InvalidError``."""
    ctx = replace(ctx, app=replace(ctx.app, package=draft, compiled=CompiledPackage(draft), kept={}))
    transition, entity = _named(draft, tried)
    record = _record(ctx, entity, transition, tried)
    workflow = draft.workflow_of(entity.key)
    assert workflow is not None
    if transition not in starting(workflow, record, judge_of(ctx, record)):
        return None
    by = _submitter(ctx, tried)
    return approvals.preview(subject_of(ctx, record), transition, by.user_id, by.org_unit_id)


def _named(draft: Package, tried: Tried) -> tuple[Transition, Entity]:
    workflow = next((w for w in draft.workflows if w.key == tried.workflow), None)
    transition = workflow.transition(tried.transition) if workflow else None
    entity = draft.entity(workflow.entity) if workflow else None
    if transition is None or entity is None or transition.approval is None:
        raise NotFoundError(transition=tried.transition)
    return transition, entity


def _record(ctx: Context, entity: Entity, transition: Transition, tried: Tried) -> Record:
    """The record where the approval begins."""
    record = ctx.load(entity.key, tried.record) if tried.record else blank_record(ctx, entity)
    values, problems = {}, []
    for key, text in tried.values.items():
        known = entity.field(key)
        kind = FIELD_TYPES.find(known.type) if known else None
        found = kind.parse(text.replace(",", ""), known) if kind and known else None
        if isinstance(found, Problem):
            problems.append(found)
        else:
            values[key] = found
    if problems:
        raise InvalidError(problems=problems)
    return record.with_values(values).but(state=transition.from_[0])


def _submitter(ctx: Context, tried: Tried) -> Actor:
    """Who submits: the person named, else whoever asks."""
    found = accounts.user_by_login(ctx.conn, ctx.ws, tried.by) if tried.by else None
    if found is None:
        return ctx.actor
    return replace(ctx.actor, user_id=found.user_id, login=found.login, org_unit_id=found.org_unit_id)
