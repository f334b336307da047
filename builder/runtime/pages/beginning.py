"""Beginning: the first steps of an app on the pages where people start, until they are done or put away."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import PutAwaySteps
from builder.metadata.first_steps import FirstStep
from builder.runtime.context import Context
from builder.runtime.first_steps import standing
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words

LEADS = {"people": "/people", "units": "/people/units"}
"""Pages that belong to no app."""


@dataclass(frozen=True)
class Shown:
    """One step: what is to be done, where, and whether it is. ``is_next``: the first that is not."""

    label: str
    help: str
    url: str
    done: bool
    is_next: bool


@dataclass(frozen=True)
class Beginning:
    """The steps of one app. ``away``: the person put them away, and may have them back at ``url``."""

    app: str
    steps: tuple[Shown, ...]
    url: str
    away: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)


def add_beginning(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/first-steps``."""

    @pages.post("/a/<app>/first-steps")
    def first_steps(app: str) -> BaseResponse:
        site.door.send(site.actor(), PutAwaySteps(app, request.form.get("away") == "true"), None)
        return redirect("/")


def beginning_of(ctx: Context, words: Words) -> Beginning | None:
    """None where the reader has nothing to begin with, or nothing more."""
    found = standing(ctx)
    if found.is_over:
        return None
    first = next(step for step, done in found.steps if not done)
    steps = tuple(
        Shown(words.of(step.label), words.of(step.help), _url(ctx, step), done, step is first)
        for step, done in found.steps
    )
    url = addresses.built_in_page(ctx.app.key, "first-steps")
    return Beginning(words.of(ctx.app.package.app.label), steps, url, found.away)


def _url(ctx: Context, step: FirstStep) -> str:
    if step.kind in LEADS:
        return LEADS[step.kind]
    if step.kind == "setting":
        return f"{addresses.built_in_page(ctx.app.key, 'settings')}#f-{step.setting}"
    view = ctx.app.package.view(step.view)
    return addresses.list_page(ctx.app.key, view.entity if view else "", view=step.view)
