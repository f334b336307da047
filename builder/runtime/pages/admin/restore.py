"""Restore: choose a backup or send one, see what is in it, confirm, and watch it take the place of the data."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError, InvalidError, NotSignedInError, Problem
from builder.runtime import backups, restoring
from builder.runtime.pages.admin.backup import PAGE, allowed, size_text
from builder.runtime.pages.admin.told import refused
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words, read_instant
from builder.storage.inspecting import Inspection

log = logging.getLogger(__name__)

STATUS = f"{PAGE}/restoring"


def add_restore(pages: Blueprint, site: Site) -> None:
    """``/backup/…/restore`` and ``/backup/restoring``."""

    @pages.post(f"{PAGE}/upload")
    def backup_upload() -> BaseResponse:
        found = site.identity.find(request)
        if found is None:
            raise NotSignedInError
        allowed(site, found.actor)
        # A backup is as large as it is. Only who may restore one may send so much, and the proof that they meant it comes with it.
        request.max_content_length = backups.room(site.door.engine)
        actor = site.actor()
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise InvalidError(problems=[Problem("BACKUP_NAME", "/file")])
        name = backups.take_in(site.door.engine, sent.stream)
        log.info("backup %s sent by %s", name, actor.login)
        return redirect(f"{PAGE}/{name}/restore")

    @pages.get(f"{PAGE}/<name>/restore")
    def restore_look(name: str) -> str:
        allowed(site, site.actor())
        return _look(site, name)

    @pages.post(f"{PAGE}/<name>/restore")
    def restore_start(name: str) -> str | BaseResponse:
        actor = site.actor()
        allowed(site, actor)
        try:
            seen = restoring.inspect(site.door.engine, name)
            _confirmed(site.words(), seen)
            restoring.start(site.door.engine, actor, name)
        except InvalidError as error:
            return _look(site, name, error)
        return redirect(STATUS)

    @pages.get(STATUS)
    def restore_status() -> str | BaseResponse:
        state = restoring.state_of(site.door.engine)
        if state is None:
            return redirect(PAGE)
        if state.step == restoring.DONE:
            # Whoever watched is signed out with everybody else.
            return redirect(f"/sign-in?{urlencode({'next': PAGE, 'restored': '1'})}")
        allowed(site, site.actor())
        words = site.words()
        return site.page(
            "admin/restoring.html",
            is_running=state.step != restoring.FAILED,
            name=state.name,
            problems=wrong(words, state.problems),
        )


def _confirmed(words: Words, seen: Inspection) -> None:
    """Raise what stands in the way: the backup's own problems, or a confirmation that is not one."""
    if seen.problems:
        raise InvalidError(problems=seen.problems)
    day = _day(words, seen)
    if request.form.get("sure") != "true" or request.form.get("day", "").strip() != day:
        raise InvalidError(problems=[Problem("RESTORE_NOT_CONFIRMED", "/day", {"day": day})])


def _day(words: Words, seen: Inspection) -> str:
    return read_instant(seen.made_at).astimezone(words.zone).date().isoformat()


def _look(site: Site, name: str, error: BuilderError | None = None) -> str:
    words = site.words()
    seen = restoring.inspect(site.door.engine, name)
    is_whole = not seen.problems
    return site.page(
        "admin/restore.html",
        name=name,
        at=f"{PAGE}/{name}/restore",
        problem=refused(words, error) if is_whole else None,
        problems=wrong(words, seen.problems),
        made=words.instant(read_instant(seen.made_at)) if seen.made_at else "–",
        day=_day(words, seen) if is_whole else "",
        size=size_text(seen.size),
        seen=seen,
        apps=[{"label": words.of(one.label), "version": one.version} for one in seen.apps],
    )


def wrong(words: Words, problems: Sequence[Problem]) -> list[Mapping[str, Any]]:
    """Each problem with its place within the backup."""
    return [{"text": words.message(one.code, one.params, one.message), "place": one.path} for one in problems]
