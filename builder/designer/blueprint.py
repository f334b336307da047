"""Blueprint: the designer's routes, put together for an application."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.designer.catalog import install_catalog
from builder.designer.choosing import install_choosing
from builder.designer.endpoints import install_endpoints
from builder.designer.judging import Judge
from builder.designer.pages import install_pages
from builder.designer.ports import Identify, MakeShell, Workshop
from builder.designer.rehearsal import Rehearsals
from builder.designer.rehearsing import install_rehearsing
from builder.designer.release import install_release
from builder.designer.room import Room
from builder.designer.upgrade import install_upgrade
from builder.errors import NotSignedInError
from builder.web.locale import Messages, Texts
from builder.web.problems import answer_problem, wants_json


def designer_blueprint(
    workshop: Workshop,
    identify: Identify,
    shell: MakeShell,
    *,
    texts: Texts,
    messages: Messages,
    judge: Judge | None = None,
    rehearsals: Rehearsals | None = None,
    sign_in_url: str = "/sign-in",
) -> Blueprint:
    """The designer as a blueprint, to be registered at ``/design``.

    The application installs the web room with ``designer.TEMPLATES`` among its template folders, ``designer.STATIC`` among its static
    roots as ``designer``, and ``texts`` and ``messages`` that were loaded with ``designer.I18N`` and ``designer.MESSAGES``.
    """
    blueprint = Blueprint("design", __name__)
    room = Room(workshop, identify, shell, texts, messages, judge or Judge(), rehearsals)
    install_catalog(blueprint, room)
    install_choosing(blueprint, room)
    install_release(blueprint, room)
    install_upgrade(blueprint, room)
    install_rehearsing(blueprint, room)
    install_endpoints(blueprint, room)
    install_pages(blueprint, room)

    def strange(error: NotSignedInError) -> BaseResponse:
        """A stranger who opens a page may sign in and come back; a program is told."""
        if request.method != "GET" or wants_json(request):
            return answer_problem(error, request, messages, shell().locale)
        return redirect(f"{sign_in_url}?{urlencode({'next': request.full_path.rstrip('?')})}")

    blueprint.register_error_handler(NotSignedInError, strange)
    return blueprint
