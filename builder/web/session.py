"""The session cookie and the proof that a writing request was meant.

A writing request must come from our own pages (``Sec-Fetch-Site`` or ``Origin`` say so) *and* carry the
session's CSRF token. Requests with a bearer token carry no cookie and need neither.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, Response

from builder.errors import ForbiddenError

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfError(ForbiddenError):
    """The request did not come from one of our pages, or from a page of another session."""

    code = "CSRF"


def cookie_name(*, secure: bool) -> str:
    """``__Host-`` binds the cookie to this host and to HTTPS wherever HTTPS is used."""
    return "__Host-zg" if secure else "zg"


def read_token(request: Request) -> str | None:
    """The session token of the request's cookie, or None."""
    return request.cookies.get(cookie_name(secure=request.is_secure)) or None


def write_cookie(response: Response, token: str, *, secure: bool, max_age: int) -> None:
    """Hands ``token`` to the browser for ``max_age`` seconds; scripts cannot read it."""
    response.set_cookie(
        cookie_name(secure=secure),
        token,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(response: Response, *, secure: bool) -> None:
    response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="Lax")


def new_csrf_token() -> str:
    return secrets.token_urlsafe(24)


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this; programs that say nothing pass."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def check_csrf(request: Request, expected: str) -> None:
    """Raises ``CsrfError`` for a writing request without ``expected`` in its header or form field."""
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if (
        not is_same_origin(request)
        or not expected
        or not hmac.compare_digest(given.encode(), expected.encode())
    ):
        raise CsrfError


def sign_in_csrf(request: Request) -> str:
    """The token of the sign-in form, before there is a session: the one of the cookie, or a new one."""
    return request.cookies.get("zg_pre") or new_csrf_token()


def write_sign_in_csrf(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        "zg_pre", token, max_age=3600, path="/", secure=secure, httponly=True, samesite="Strict"
    )
