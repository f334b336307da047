"""Blueprint: the designer's routes, put together for an application."""

from __future__ import annotations

from flask import Blueprint

from builder.designer.catalog import install_catalog
from builder.designer.endpoints import install_endpoints
from builder.designer.judging import Judge
from builder.designer.pages import install_pages
from builder.designer.ports import Identify, MakeShell, Workshop
from builder.designer.release import install_release
from builder.designer.room import Room
from builder.designer.steps import Steps
from builder.web.locale import Messages, Texts


def designer_blueprint(
    workshop: Workshop,
    identify: Identify,
    shell: MakeShell,
    *,
    texts: Texts,
    messages: Messages,
    judge: Judge | None = None,
) -> Blueprint:
    """The designer as a blueprint, to be registered at ``/design``.

    The application installs the web room with ``designer.TEMPLATES`` among its template folders, ``designer.STATIC`` among its static
    roots as ``designer``, and ``texts`` and ``messages`` that were loaded with ``designer.I18N`` and ``designer.MESSAGES``.
    """
    blueprint = Blueprint("design", __name__)
    room = Room(workshop, identify, shell, texts, messages, judge or Judge(), Steps())
    install_catalog(blueprint, room)
    install_release(blueprint, room)
    install_endpoints(blueprint, room)
    install_pages(blueprint, room)
    return blueprint
