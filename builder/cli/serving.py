"""Serving: ``serve`` and ``worker``. The server's processes make their own engine from the settings in the environment."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from builder.cli.collecting import settle
from builder.config import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - whoever says --lan wants the network to reach it
LAN_HELP = "HTTPS with an own certificate for everybody in the network; prints the address as a QR code"


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    serve_ = commands["serve"]
    serve_.add_argument("--database", help="database URL")
    serve_.add_argument("--host", help="address to listen on")
    serve_.add_argument("--port", type=int, help="port to listen on")
    serve_.add_argument("--workers", type=int, help="server processes (PostgreSQL only)")
    serve_.add_argument("--lan", action="store_true", help=LAN_HELP)
    serve_.set_defaults(run=run_serve)

    worker = commands["worker"]
    worker.add_argument("--database", help="database URL")
    worker.set_defaults(run=run_worker)


def run_serve(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.opening import opened

    with opened(settings):
        pass
    return serve(settings, lan=args.lan)


def serve(settings: Settings, *, lan: bool = False) -> int:
    """Serve until stopped. SQLite has one process; threads answer requests. ``lan``: over HTTPS with an own certificate, to everybody in
    the network."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    secured: dict[str, Any] = {}
    if lan:
        from builder.cli.lan import prepared

        settings = replace(settings, host=EVERYWHERE)
        kept = prepared(settings.var, settings.port, sys.stdout)
        secured = {"ssl_cert": kept.cert.resolve(), "ssl_key": kept.key.resolve()}
    is_sqlite = settings.database.startswith("sqlite")
    _export(settings)
    server = Granian(
        "builder.cli.serving:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1 if is_sqlite else settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        factory=True,
        log_level=LogLevels.error,
        respawn_failed_workers=not is_sqlite,
        **secured,
    )
    server.serve()
    return 0


def _export(settings: Settings) -> None:
    """Hand the settings to the server's processes."""
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if value != setting.default:
            os.environ[f"BUILDER_{setting.name.upper()}"] = str(value)


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for every tick of the clock, or for one left out while the last still works, hides what matters.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def application() -> Any:
    """The WSGI application of one server process, with the background work of this process where the settings want it."""
    from builder.app import create_app, open_engine
    from builder.cli.opening import check_schema
    from builder.runtime.scheduler import Scheduler

    settings = Settings.load()
    _log(settings)
    engine = open_engine(settings)
    check_schema(engine)
    app = create_app(engine)
    if settings.worker:
        scheduler = Scheduler(engine)
        scheduler.start()
        atexit.register(scheduler.stop)
    settle()
    return app


def run_worker(args: argparse.Namespace, settings: Settings) -> int:
    """Background work until a signal says stop; what runs then finishes."""
    from builder.cli.opening import opened
    from builder.runtime.scheduler import Scheduler

    _log(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with opened(settings) as engine:
        scheduler = Scheduler(engine)
        scheduler.start()
        stop.wait()
        scheduler.stop()
    return 0
