"""The composition root: settings become an engine, an engine becomes a WSGI application. Everything is passed on; nothing is global."""

from __future__ import annotations

import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from builder import designer
from builder.app.proxies import behind_proxies
from builder.app.rehearsals import StoredRehearsals
from builder.app.workshop import StoredWorkshop
from builder.clock import Clock, SystemClock
from builder.config import Settings
from builder.connectors.vault import made_once
from builder.designer.blueprint import designer_blueprint
from builder.errors import BusyError
from builder.runtime import pages
from builder.runtime.api import api_blueprint
from builder.runtime.api.door import Door
from builder.runtime.api.hooks import hooks_blueprint
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.identity import Identity
from builder.runtime.pages.words import Words
from builder.storage import apps as stored_apps
from builder.storage.database import Database
from builder.storage.errors import RetryError, UnknownOutcomeError
from builder.web.assets import STATIC, Assets
from builder.web.install import install
from builder.web.locale import Messages, Texts
from builder.web.session import SAFE_METHODS

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def open_engine(settings: Settings, clock: Clock | None = None) -> Engine:
    """The engine on the database that the settings name. Raises ``SchemaError`` where the database is of a newer release."""
    folder = Path(settings.var)
    folder.mkdir(parents=True, exist_ok=True)
    return Engine(settings, Database.open(settings.database), clock or SystemClock())


def secret_key(settings: Settings) -> str:
    """The key that signs what browsers hand back: the setting, else one that was made here once and is kept beside the data."""
    if settings.secret_key:
        return settings.secret_key
    made = made_once(Path(settings.var) / "secret_key", lambda: secrets.token_urlsafe(48).encode())
    return made.decode()


def create_app(engine: Engine) -> Flask:
    """The WSGI application: API, pages, designer, and the answers that operators watch."""
    app = Flask("builder", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=engine.settings.max_body,
        MAX_FORM_MEMORY_SIZE=engine.settings.max_body,
        SECRET_KEY=secret_key(engine.settings),
        TRUSTED_HOSTS=trusted_hosts(engine.settings),
    )
    identity = Identity(engine)
    door = Door(engine, Dispatcher(engine), identity)
    texts = Texts.load(
        pages.TEXTS, pages.ADMIN_TEXTS, pages.LEDGER_TEXTS, pages.RUN_TEXTS, pages.WORK_TEXTS, designer.I18N
    )
    messages = Messages.load(designer.MESSAGES)
    site, frames = pages.pages_blueprint(door, identity, texts, messages)
    install(
        app,
        shell=frames.shell,
        locale=frames.locale,
        assets=Assets({"": STATIC, "pages": pages.STATIC, "designer": designer.STATIC}),
        texts=texts,
        messages=messages,
        template_folders=(pages.TEMPLATES, designer.TEMPLATES),
    )
    _hold_writers_up(app, engine)

    def words() -> Words:
        """The words of who uses the designer, on the clock of the business."""
        zone = ZoneInfo(engine.settings.timezone)
        return Words(texts, messages, frames.locale(), engine.clock.now(), zone)

    app.register_blueprint(api_blueprint(door))
    app.register_blueprint(hooks_blueprint(door))
    app.register_blueprint(
        designer_blueprint(
            StoredWorkshop(door),
            identity,
            frames.shell,
            texts=texts,
            messages=messages,
            rehearsals=StoredRehearsals(door, words),
        ),
        url_prefix="/design",
    )
    app.register_blueprint(site)
    _add_watched(app, engine)
    app.wsgi_app = behind_proxies(app.wsgi_app, engine.settings)  # type: ignore[method-assign]  # as Flask says it is done
    for error in (RetryError, UnknownOutcomeError):
        # Dispatch tries again by itself; what signs in, reads a notice or moves a job hears that it may come back.
        app.register_error_handler(error, lambda _: app.handle_user_exception(BusyError(retry_after=1)))
    return app


def trusted_hosts(settings: Settings) -> list[str] | None:
    """Host names that are answered: a forged one must not reach a link in a mail. An open address answers any."""
    named = [host.strip() for host in settings.trusted_hosts.split(",") if host.strip()]
    if named:
        return named
    return list(LOCAL_HOSTS) if settings.host in {"127.0.0.1", "localhost", "::1"} else None


def _hold_writers_up(app: Flask, engine: Engine) -> None:
    """While a backup takes the place of the data people read, and are told at once that nothing is saved."""

    @app.before_request
    def look() -> None:
        engine.renew()
        if request.method not in SAFE_METHODS:
            engine.standstill.check()


def _add_watched(app: Flask, engine: Engine) -> None:
    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def ready() -> Response:
        with engine.database.snapshot() as conn:
            stored_apps.apps(conn, 0)
        return Response("ok\n", mimetype="text/plain")
