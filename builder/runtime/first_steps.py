"""First steps: which of an app's first steps a person may do, which are done, and whether the person put them away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.errors import BuilderError
from builder.metadata.filter import paths_of
from builder.metadata.first_steps import FirstStep
from builder.runtime.context import Context
from builder.runtime.listing import Wanted, list_records
from builder.storage import accounts
from builder.storage import apps as stored_apps

KEPT = "engine.first_steps."
"""Before the person's id: under which key it is kept whether they put the steps away."""


@dataclass(frozen=True)
class Standing:
    """The steps that a person may do, in their order, each with whether it is done."""

    steps: tuple[tuple[FirstStep, bool], ...]
    away: bool = False

    @property
    def is_over(self) -> bool:
        return all(done for _, done in self.steps)


def away_key(user_id: int) -> str:
    return f"{KEPT}{user_id}"


def standing(ctx: Context) -> Standing:
    """How far the actor's first steps are. What once was done stays so: nobody who has begun begins again."""
    if ctx.actor.kind != "user":
        return Standing(())
    steps = [step for step in ctx.app.package.app.first_steps if _may(ctx, step)]
    found = Standing(tuple((step, _is_done(ctx, step)) for step in steps))
    return Standing(found.steps, not found.is_over and _is_away(ctx))


def _is_away(ctx: Context) -> bool:
    rows = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, away_key(ctx.actor.user_id))
    return bool(rows) and bool(rows[0].value["away"])


def _may(ctx: Context, step: FirstStep) -> bool:
    kernel = ctx.kernel
    if step.roles and not kernel.is_unlimited and not kernel.role_keys() & set(step.roles):
        return False
    if step.kind == "units":
        return ctx.actor.is_admin
    if step.kind == "people":
        return ctx.actor.is_admin or kernel.has_right("people")
    if step.kind == "setting":
        return kernel.has_right("settings")
    view = ctx.app.package.view(step.view)
    if view is None or not kernel.may("read", view.entity):
        return False
    paths = {path for where in (view.filter, step.filter) if where for path in paths_of(where)}
    return kernel.may("create", view.entity) and all(kernel.is_path_readable(view.entity, p) for p in paths)


def _is_done(ctx: Context, step: FirstStep) -> bool:
    at = ("first step", step.uid)
    if at not in ctx.app.kept and _DONE[step.kind](ctx, step):
        ctx.app.kept[at] = True
    return at in ctx.app.kept


def _has_records(ctx: Context, step: FirstStep) -> bool:
    view = ctx.app.package.view(step.view)
    assert view is not None
    parts = [where for where in (view.filter, step.filter) if where]
    where: Mapping[str, object] | None = {"and": parts} if parts else None
    try:
        return bool(list_records(ctx, view.entity, Wanted(where, limit=1, count="none")).records)
    except BuilderError:
        return False


def _has_people(ctx: Context, _: FirstStep) -> bool:
    granted = accounts.grants(ctx.conn, ctx.ws, ctx.app.row.app_id)
    return any(user != ctx.actor.user_id for user, _role, _unit in granted)


def _has_units(ctx: Context, _: FirstStep) -> bool:
    return any(not unit.is_archived for unit in accounts.org_units(ctx.conn, ctx.ws))


def _is_set(ctx: Context, step: FirstStep) -> bool:
    return stored_apps.settings(ctx.conn, ctx.ws, ctx.app.row.app_id).get(step.setting) not in (None, "")


_DONE = {"records": _has_records, "units": _has_units, "people": _has_people, "setting": _is_set}
