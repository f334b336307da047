"""Puts the web room into a Flask application: templates, static files, headers, problem answers, words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Request, Response, g, request
from flask.sessions import SessionInterface, SessionMixin
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from builder.web import formats
from builder.web.assets import Addresses, Assets
from builder.web.csp import new_nonce, security_headers
from builder.web.locale import Messages, Texts
from builder.web.problems import answer_problem, as_builder_error, wants_json
from builder.web.shell import Shell

HERE = Path(__file__).parent
ELEMENT_TEXTS = ("el.", "ui.")


def install(
    app: Flask,
    *,
    shell: Callable[[], Shell],
    assets: Assets,
    texts: Texts,
    messages: Messages,
    template_folders: tuple[Path, ...] = (),
    locale: Callable[[], str] | None = None,
) -> None:
    """Gives ``app`` everything that pages share.

    ``shell`` is asked once per rendered page, within the request; it must answer for strangers too. So must ``locale``, which says the
    reader's language where a program is refused something: it has no use for the rest of the frame.
    Templates are found in ``template_folders`` first, then in the web room. The app's ``static`` route is replaced.
    Pages that scan set ``g.scanning = True`` before they answer.
    """
    loaders = [FileSystemLoader(folder) for folder in (*template_folders, HERE / "templates")]
    app.session_interface = _NoSession()
    app.jinja_loader = ChoiceLoader(loaders)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        number=formats.format_number,
        trimmed=formats.trimmed,
        money=formats.format_money,
        percent=formats.format_percent,
        day=formats.format_date,
    )
    _install_assets(app, assets)
    _install_words(app, shell, texts)
    _install_problems(app, shell, messages, locale)


class _NoSession(SessionInterface):
    """Who asks is found by our own session (``web.session``); Flask's would be read and signed with every request for nothing."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        return None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        return None


def _install_assets(app: Flask, assets: Assets) -> None:
    known = Addresses.of(assets)

    def current() -> Addresses:
        return Addresses.of(assets) if assets.reload else known

    def static_file(fingerprint: str, name: str) -> Response:
        asset = assets.find(name)
        packed = asset.squeezed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        response = Response(packed or asset.body, mimetype=asset.mimetype)
        lasting = f"{assets.prefix}/{fingerprint}" == current().base
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    app.add_url_rule(f"{assets.prefix}/<fingerprint>/<path:name>", "web_static", static_file)
    app.context_processor(lambda: _static_names(current()))


def _static_names(addresses: Addresses) -> dict[str, object]:
    # The map holds nothing but our own file names, so it may stand in the page as it is.
    import_map = Markup(addresses.import_map)  # noqa: S704
    return {"static_url": addresses.url, "integrity": addresses.integrity, "import_map": import_map}


def _install_words(app: Flask, shell: Callable[[], Shell], texts: Texts) -> None:
    def current_shell() -> Shell:
        if "shell" not in g:
            g.shell = shell()
        found: Shell = g.shell
        return found

    def translate(key: str, **values: object) -> str:
        return texts.text(key, current_shell().locale, **values)

    def page() -> dict[str, object]:
        locale = current_shell().locale
        return {
            "shell": current_shell(),
            "nonce": g.nonce,
            "_t": translate,
            "element_texts": texts.starting_with(locale, *ELEMENT_TEXTS),
        }

    app.context_processor(page)


def _install_problems(
    app: Flask, shell: Callable[[], Shell], messages: Messages, locale: Callable[[], str] | None
) -> None:
    def begin() -> None:
        g.nonce = new_nonce()

    def finish(response: Response) -> Response:
        headers = security_headers(g.nonce, scanning=bool(g.get("scanning")), https=request.is_secure)
        headers["Cache-Control"] = "private, no-store"
        said = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, text) for name, text in headers.items() if name.lower() not in said])
        return response

    def language() -> str:
        try:
            if locale is not None and wants_json(request):
                return locale()
            if "shell" not in g:
                g.shell = shell()
        except Exception:  # noqa: BLE001 - the frame must not hide the error that it should show
            g.shell = Shell()
        found: Shell = g.shell
        return found.locale

    def failed(error: Exception) -> Response:
        return answer_problem(as_builder_error(error), request, messages, language())

    app.before_request(begin)
    app.after_request(finish)
    app.register_error_handler(Exception, failed)
