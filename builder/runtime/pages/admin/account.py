"""My account: name and language, the password, API tokens, where I am signed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import Actor, ChangePassword, ChangeProfile, SaveDelegation, SaveToken
from builder.errors import BuilderError, InvalidError, Problem, TooManyError
from builder.runtime import auth
from builder.runtime.guesses import LOCK_SECONDS
from builder.runtime.opening import today_of
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.signing import YEAR
from builder.runtime.pages.site import Site
from builder.runtime.passwords import token_hash
from builder.storage import accounts, delegations, sessions
from builder.storage.sessions import SessionRow, TokenRow
from builder.web.session import read_token, write_cookie

PAGE = "/account"
DAYS = (30, 90, 365)
DEEDS = ("read", "write")
SESSIONS = 5


def add_account(pages: Blueprint, site: Site) -> None:
    """``/account`` and what its forms send."""
    _add_delegations(pages, site)

    @pages.get(PAGE)
    def account() -> str:
        return _page(site)

    @pages.post(PAGE)
    def account_profile() -> str | BaseResponse:
        actor, form = site.actor(), request.form
        command = ChangeProfile(form.get("name", ""), form.get("email", ""), form.get("locale", ""))
        try:
            kept = site.door.send(actor, command, None)
        except BuilderError as error:
            return _page(site, error=error)
        answer = done(PAGE, "profile")
        answer.set_cookie(
            "zg_locale", kept["locale"], max_age=YEAR, path="/", secure=request.is_secure, samesite="Lax"
        )
        return answer

    @pages.post(f"{PAGE}/password")
    def account_password() -> str | BaseResponse:
        actor = site.actor()
        try:
            return _change_password(site, actor)
        except BuilderError as error:
            return _page(site, error=error)

    @pages.post(f"{PAGE}/tokens")
    def account_token() -> str | BaseResponse:
        actor, form = site.actor(), request.form
        days = next((n for n in DAYS if form.get("days") == str(n)), None)
        scope = tuple(s for s in form.getlist("scope") if s in {key for key, _ in _scopes(site)})
        try:
            made = site.door.send(actor, SaveToken(form.get("name", "").strip()[:80], scope, days), None)
        except BuilderError as error:
            return _page(site, error=error)
        # Its text is known only now: no redirect, or it would have to be kept somewhere.
        return _page(site, token=made["token"])

    @pages.post(f"{PAGE}/tokens/<prefix>/revoke")
    def account_token_end(prefix: str) -> BaseResponse:
        site.door.send(site.actor(), SaveToken(revoke=prefix), None)
        return done(PAGE, "token_ended")

    @pages.post(f"{PAGE}/sessions/end")
    def account_sessions_end() -> BaseResponse:
        site.actor()
        auth.sign_out_elsewhere(site.door.engine, read_token(request) or "")
        return done(PAGE, "sessions_ended")


def _add_delegations(pages: Blueprint, site: Site) -> None:
    @pages.post(f"{PAGE}/delegations")
    def account_delegation() -> str | BaseResponse:
        actor, form, read = site.actor(), request.form, site.door.engine.database.read_id
        command = SaveDelegation(
            read(form.get("to_user", "")), _day(form.get("from_day")), _day(form.get("to_day"))
        )
        try:
            site.door.send(actor, command, None)
        except BuilderError as error:
            return _page(site, error=error)
        return done(PAGE, "delegation")

    @pages.post(f"{PAGE}/delegations/<id>/end")
    def account_delegation_end(id: str) -> BaseResponse:
        site.door.send(site.actor(), SaveDelegation(end=site.door.id(id)), None)
        return done(PAGE, "delegation_ended")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _change_password(site: Site, actor: Actor) -> BaseResponse:
    """All sessions end with the old password; this one goes on with a token of its own."""
    engine, form = site.door.engine, request.form
    new = form.get("new", "")[:200]
    if auth.is_locked(engine, actor.workspace, actor.user_id):
        raise TooManyError("LOCKED", retry_after=LOCK_SECONDS)
    if new != form.get("again", "")[:200]:
        raise InvalidError(problems=[Problem("PASSWORDS_DIFFER", "/again")])
    try:
        site.door.send(actor, ChangePassword(form.get("old", "")[:200], new), None)
    except InvalidError as error:
        if error.code == "PASSWORD_WRONG":
            auth.note_wrong(engine, actor.workspace, actor.user_id)
        raise
    made = auth.sign_in(engine, actor.workspace, actor.login, new)
    answer = done(PAGE, "password")
    write_cookie(
        answer,  # type: ignore[arg-type]  # a redirect is a response all the same
        made.token,
        secure=request.is_secure,
        max_age=engine.settings.session_hours * 3600,
    )
    return answer


def _page(site: Site, *, error: BuilderError | None = None, token: str = "") -> str:
    actor, words, engine = site.actor(), site.words(), site.door.engine
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, actor.workspace, actor.user_id)
        tokens = sessions.tokens_of(conn, actor.workspace, actor.user_id)
        held = sessions.of(conn, actor.workspace, actor.user_id, engine.clock.now())
        away = delegations.of(conn, actor.workspace, actor.user_id, today_of(conn, actor, engine.clock.now()))
        people = {row.user_id: row for row in accounts.users(conn, actor.workspace)}
    assert user is not None
    own = token_hash(read_token(request) or "")
    return site.page(
        "admin/account.html",
        user=user,
        **outcome(words, error),
        token=token,
        tokens=[_token(site, row) for row in tokens],
        delegations=[
            {
                "id": site.show(row.delegation_id),
                "name": people[row.to_user].name if row.to_user in people else "",
                "from_day": row.from_day.isoformat(),
                "to_day": row.to_day.isoformat(),
            }
            for row in away
        ],
        people=[
            (site.show(row.user_id), row.name)
            for row in sorted(people.values(), key=lambda row: row.name)
            if row.status == "active" and row.user_id != actor.user_id
        ],
        scopes=_scopes(site),
        days=DAYS,
        sessions=[
            {"since": words.instant(row.created_at), "seen": words.ago(row.seen_at), "own": hash == own}
            for hash, row in _shown(held, own)
        ],
        more=max(0, len(held) - SESSIONS),
    )


def _shown(held: tuple[tuple[str, SessionRow], ...], own: str) -> list[tuple[str, SessionRow]]:
    """The reader's own session before the others, a few of them."""
    return sorted(held, key=lambda pair: pair[0] != own)[:SESSIONS]


def _scopes(site: Site) -> list[tuple[str, str]]:
    """What a token can be limited to: reading or everything, app by app."""
    words = site.words()
    with site.door.engine.database.snapshot() as conn:
        apps = site.frames.apps(conn, site.actor())
    return [
        (f"{app.key}:{deed}", f"{words.of(app.package.app.label)} · {words.say(f'admin.scope.{deed}')}")
        for app in apps
        for deed in DEEDS
    ]


def _token(site: Site, row: TokenRow) -> Mapping[str, Any]:
    words = site.words()
    known = dict(_scopes(site))
    is_over = row.expires_at is not None and row.expires_at <= words.now
    return {
        "prefix": row.prefix,
        "name": row.name or row.prefix,
        "scope": [known.get(s, s) for s in row.scope] or [words.say("admin.scope.all")],
        "until": words.instant(row.expires_at) if row.expires_at else words.say("admin.token_forever"),
        "over": is_over,
    }
