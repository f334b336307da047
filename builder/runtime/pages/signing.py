"""Signing in and out, and how pages look to a person."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError, NotSignedInError, TooManyError
from builder.metadata.text import FIRST_LOCALE
from builder.runtime import auth
from builder.runtime.api.session import WORKSPACE
from builder.runtime.pages.site import Site, safe_next
from builder.web.preferences import read_preferences
from builder.web.session import (
    check_csrf,
    clear_cookie,
    read_token,
    write_cookie,
    write_sign_in_csrf,
)

YEAR = 31_536_000


def add_signing(pages: Blueprint, site: Site) -> None:
    """``/sign-in``, ``/sign-out``, ``/preferences``."""

    @pages.get("/sign-in")
    def sign_in() -> BaseResponse:
        if site.identity.find(request) is not None:
            return redirect(safe_next(request.args.get("next")))
        return _form(site, None)

    @pages.post("/sign-in")
    def signed_in() -> BaseResponse:
        check_csrf(request, request.cookies.get("zg_pre", ""))
        login, password = request.form.get("login", ""), request.form.get("password", "")
        try:
            made = auth.sign_in(
                site.door.engine, WORKSPACE, login[:80], password[:200], request.remote_addr or ""
            )
        except (NotSignedInError, TooManyError) as error:
            return _form(site, error)
        answer = redirect(safe_next(request.form.get("next")))
        seconds = site.door.engine.settings.session_hours * 3600
        write_cookie(answer, made.token, secure=request.is_secure, max_age=seconds)  # type: ignore[arg-type]
        _keep_language(answer, made.actor.locale)
        return answer

    @pages.post("/sign-out")
    def sign_out() -> BaseResponse:
        site.actor()
        token = read_token(request)
        if token:
            auth.sign_out(site.door.engine, token)
        answer = redirect("/sign-in")
        clear_cookie(answer, secure=request.is_secure)  # type: ignore[arg-type]
        return answer

    @pages.post("/preferences")
    def preferences() -> Response:
        """The page has put the choice into its cookie already; this only says that the session is still good."""
        site.actor()
        return Response(status=204)


def _keep_language(answer: BaseResponse, account: str) -> None:
    """Who signed in on an English page goes on in English: accounts have the first language until somebody says otherwise."""
    if "zg_locale" in request.cookies:
        return
    locale = account if account != FIRST_LOCALE else read_preferences(request).locale
    answer.set_cookie("zg_locale", locale, max_age=YEAR, path="/", secure=request.is_secure, samesite="Lax")


def _form(site: Site, error: BuilderError | None) -> BaseResponse:
    words, values = site.words(), request.values
    text = site.page(
        "sign_in.html",
        said=words.message(error.code, error.params) if error else "",
        noted=words.say("admin.restored_sign_in") if "restored" in request.args else "",
        login=values.get("login", ""),
        next=safe_next(values.get("next")),
    )
    answer = make_response(text, error.status if error else 200)
    # The frame made the token that the form carries; the cookie must hold the same one.
    write_sign_in_csrf(answer, g.shell.csrf, secure=request.is_secure)
    return answer
