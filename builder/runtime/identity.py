"""Identity: the actor of a request, from its bearer token or its session cookie with the CSRF token that belongs to it."""

from __future__ import annotations

from flask import Request, g

from builder.commands import Actor
from builder.errors import NotSignedInError
from builder.runtime.auth import Found, find_session, find_token
from builder.runtime.engine import Engine
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
            return find_token(self._engine, token.strip()) if scheme.lower() == "bearer" else None
        cookie = read_token(request)
        return find_session(self._engine, cookie) if cookie else None
