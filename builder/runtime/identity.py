"""Identity: the actor of a request, from its bearer token or its session cookie with the CSRF token that belongs to it."""

from __future__ import annotations

from dataclasses import replace

from flask import Request, g

from builder.commands import Actor
from builder.errors import NotSignedInError
from builder.runtime.auth import Found, find_session, find_token
from builder.runtime.engine import Engine
from builder.web.form_factor import declared, form_factor
from builder.web.session import check_csrf, read_token


class Identity:
    """Answers who asks, once per request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, request: Request) -> Actor:
        """The actor. Raises ``NotSignedInError``; for a writing request by cookie ``CsrfError`` where the proof is missing."""
        found = self.find(request)
        if found is None:
            raise NotSignedInError
        if not request.headers.get("Authorization"):
            check_csrf(request, found.csrf)
        return found.actor

    def find(self, request: Request) -> Found | None:
        """Who asks, or None for a stranger."""
        if "found" not in g:
            g.found = self._look(request)
        found: Found | None = g.found
        return found

    def _look(self, request: Request) -> Found | None:
        header = request.headers.get("Authorization", "")
        if header:
            scheme, _, token = header.partition(" ")
            found = find_token(self._engine, token.strip()) if scheme.lower() == "bearer" else None
        else:
            cookie = read_token(request)
            found = find_session(self._engine, cookie) if cookie else None
        return _by_channel(found, request) if found is not None else None


def _by_channel(found: Found, request: Request) -> Found:
    """Who asks, with the way by which they came: a program with a key is a program; one in which somebody signed in may declare its form
    (a page within another company's phone app); a browser is a phone or a desk."""
    is_program = bool(request.headers.get("Authorization"))
    if found.actor.kind == "token":
        channel = "api"
    else:
        channel = (declared(request) or "api") if is_program else form_factor(request)
    return replace(found, actor=replace(found.actor, channel=channel))
