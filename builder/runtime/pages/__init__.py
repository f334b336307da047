"""The end user's pages: drawn on the server from the same kernel and readings as the API, writing through it alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import NotSignedInError
from builder.runtime.api.door import Door
from builder.runtime.identity import Identity
from builder.runtime.pages.admin import add_admin
from builder.runtime.pages.beginning import add_beginning
from builder.runtime.pages.computations import add_computations
from builder.runtime.pages.desk import add_desk
from builder.runtime.pages.figures import add_figures
from builder.runtime.pages.frame import Frames
from builder.runtime.pages.health import add_health
from builder.runtime.pages.helping import add_helping
from builder.runtime.pages.imports import add_imports
from builder.runtime.pages.ledgers import TEXTS as LEDGER_TEXTS
from builder.runtime.pages.ledgers import add_ledgers
from builder.runtime.pages.making_page import add_making
from builder.runtime.pages.merges import add_merges
from builder.runtime.pages.merging import add_merging
from builder.runtime.pages.moving import add_moving
from builder.runtime.pages.notices import add_notices
from builder.runtime.pages.picking import add_picking
from builder.runtime.pages.prints import add_prints
from builder.runtime.pages.proposing import add_proposing
from builder.runtime.pages.records import add_records
from builder.runtime.pages.runs import TEXTS as RUN_TEXTS
from builder.runtime.pages.runs import add_runs
from builder.runtime.pages.scanning import add_scanning
from builder.runtime.pages.signing import add_signing
from builder.runtime.pages.site import Site
from builder.runtime.pages.submitting import add_submitting
from builder.runtime.pages.work import TEXTS as WORK_TEXTS
from builder.runtime.pages.work import add_work
from builder.web.locale import Messages, Texts
from builder.web.problems import answer_problem, wants_json

HERE = Path(__file__).parent
TEMPLATES = HERE.parent / "templates"
STATIC = HERE.parent / "static"
TEXTS = HERE / "i18n"
ADMIN_TEXTS = HERE / "admin" / "i18n"


def pages_blueprint(
    door: Door, identity: Identity, texts: Texts, messages: Messages, *, designer_url: str = "/design"
) -> tuple[Blueprint, Frames]:
    """The pages, and the frames that ``web.install`` asks for. The folders ``TEMPLATES``, ``STATIC`` (as ``pages``) and ``TEXTS`` of this
    package must be installed with them."""
    site = Site(door, identity, Frames(door, identity, texts, messages, designer_url=designer_url))
    pages = Blueprint("pages", __name__)
    add_admin(pages, site)
    add_signing(pages, site)
    add_desk(pages, site)
    add_beginning(pages, site)
    add_figures(pages, site)
    add_computations(pages, site)
    add_health(pages, site)
    add_helping(pages, site)
    add_imports(pages, site)
    add_notices(pages, site)
    add_prints(pages, site)
    add_picking(pages, site)
    add_proposing(pages, site)
    add_scanning(pages, site)
    add_ledgers(pages, site)
    add_merging(pages, site)
    add_merges(pages, site)
    add_runs(pages, site)
    add_work(pages, site)
    add_submitting(pages, site)
    add_moving(pages, site)
    add_making(pages, site)
    add_records(pages, site)

    def to_sign_in(error: NotSignedInError) -> BaseResponse:
        """People are sent to the sign-in page and come back; elements that fetch get the problem."""
        if wants_json(request) or request.method != "GET":
            return answer_problem(error, request, messages, site.words().locale)
        if request.headers.get("HX-Request"):
            return Response(status=200, headers={"HX-Redirect": "/sign-in"})
        return redirect(f"/sign-in?{urlencode({'next': request.full_path.rstrip('?')})}")

    pages.register_error_handler(NotSignedInError, to_sign_in)
    return pages, site.frames


__all__ = [
    "ADMIN_TEXTS",
    "LEDGER_TEXTS",
    "RUN_TEXTS",
    "STATIC",
    "TEMPLATES",
    "TEXTS",
    "WORK_TEXTS",
    "pages_blueprint",
]
