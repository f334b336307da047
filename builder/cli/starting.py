"""Starting: ``demo``, ``init``, ``migrate``, ``settings``."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import sys
import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from builder.cli.opening import WORKSPACE, asked_password, opened
from builder.cli.progress import watch
from builder.cli.serving import LAN_HELP, serve
from builder.cli.speaking import words
from builder.commands import SaveUser
from builder.config import Settings
from builder.errors import InvalidError
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, start_sample, template
from builder.runtime.passwords import password_problems
from builder.runtime.playing import system
from builder.storage import apps as stored_apps

USERS_FILE = "demo_users.json"


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    demo = commands["demo"]
    demo.add_argument("--template", default="general", help="template to install (general)")
    demo.add_argument("--port", type=int, help="port to listen on (8000)")
    demo.add_argument("--host", help="address to listen on (127.0.0.1)")
    demo.add_argument("--var", help="folder of the database (var)")
    demo.add_argument("--password", help="password of every demo user; made up when left out")
    demo.add_argument("--empty", action="store_true", help="without the sample's documents")
    demo.add_argument("--lan", action="store_true", help=LAN_HELP)
    demo.add_argument("--no-serve", action="store_true", help="make the database and stop")
    demo.set_defaults(run=run_demo)

    init = commands["init"]
    init.add_argument("--database", help="database URL")
    init.add_argument("--admin", required=True, metavar="NAME", help="login of the administrator")
    init.set_defaults(run=run_init)

    migrate = commands["migrate"]
    migrate.add_argument("--database", help="database URL")
    migrate.set_defaults(run=run_migrate)

    settings = commands["settings"]
    settings.set_defaults(run=run_settings)


def run_demo(args: argparse.Namespace, settings: Settings) -> int:
    """Make the demo on first use, then serve it."""
    var = Path(settings.var)
    if "BUILDER_DATABASE" not in os.environ:
        settings = replace(settings, database=f"sqlite:///{var / 'zhanggui.db'}")
    var.mkdir(parents=True, exist_ok=True)
    with opened(settings, migrate=True) as engine:
        with engine.database.snapshot() as conn:
            is_new = not stored_apps.apps(conn, WORKSPACE)
        if is_new:
            users = make_demo(engine, args.template, args.password, sample=not args.empty)
            _keep(var / USERS_FILE, users)
        elif args.password:
            print(f"{var} holds a demo already: its people keep their passwords.", file=sys.stderr)
    _greet(var / USERS_FILE, "" if args.lan else f"http://{settings.host}:{settings.port}")
    return 0 if args.no_serve else _serve_watched(settings, lan=args.lan)


def _serve_watched(settings: Settings, *, lan: bool) -> int:
    """Serve, with a bar beside it while the sample is filled in."""
    stop, forked = threading.Event(), threading.Event()
    os.register_at_fork(after_in_parent=forked.set)
    beside = threading.Thread(target=watch_after, args=(forked, settings, stop), name="progress", daemon=True)
    beside.start()
    try:
        return serve(settings, lan=lan)
    finally:
        stop.set()
        beside.join(timeout=5)


def watch_after(forked: threading.Event, settings: Settings, stop: threading.Event) -> None:
    """Watch once the server's process is there. A process that is forked while SQLite is open here believes that it holds locks that it
    does not have; the write-ahead log would be taken away from under it when the bar closes the database."""
    while multiprocessing.get_start_method() == "fork" and not forked.wait(0.2):
        if stop.is_set():
            return
    watch(settings, stop)


def make_demo(engine: Engine, key: str, password: str | None, *, sample: bool) -> Mapping[str, Any]:
    """Install the template with people and masters; its documents are played by a job once the server runs."""
    chosen = template(key)
    shared = password or os.environ.get("BUILDER_DEMO_PASSWORD") or made_up()
    people = [user for data in chosen.package.data for user in data.users]
    # Before anything is written: half a demo has an app that nobody can sign in to, and does not come back on the next start.
    for user in people:
        if problems := password_problems(shared, user["login"]):
            raise InvalidError(problems=problems)
    actor = system(WORKSPACE)
    passwords = {user["login"]: shared for user in people}
    Installer(engine, actor).install(chosen.package, key, template_key=key, passwords=passwords)
    if sample:
        start_sample(engine, actor, key)
    roles = {role.key: role.label for role in chosen.package.roles}
    return {
        "password": shared,
        "users": [
            {"login": u["login"], "name": u["name"], "roles": [roles[r] for r in u.get("roles", ())]}
            for u in people
        ],
    }


def made_up() -> str:
    """A password that can be typed: three groups of letters and digits that do not look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def _keep(path: Path, users: Mapping[str, Any]) -> None:
    """Remember the demo's users for the next start, readable by the owner of the folder alone."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(users, file, ensure_ascii=False)


def _greet(path: Path, address: str) -> None:
    print(f"\n  掌柜 Zhanggui   {address}\n")
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        for user in known["users"]:
            roles = ", ".join(words(role) for role in user["roles"])
            print(f"  {user['login']:<10} {known['password']}   {user['name']}  {roles}")
    print(flush=True)


def run_init(args: argparse.Namespace, settings: Settings) -> int:
    """Tables and the first administrator. Safe to repeat: an administrator who exists is refused by name."""
    password = asked_password(args.admin)
    with opened(settings, migrate=True) as engine:
        command = SaveUser(args.admin, args.admin, locale=settings.locale, password=password, is_admin=True)
        Dispatcher(engine)(system(WORKSPACE), command)
    print(f"ready: {settings.database}")
    return 0


def run_migrate(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings, migrate=True):
        print(f"up to date: {settings.database}")
    return 0


def run_settings(args: argparse.Namespace, settings: Settings) -> int:
    """Every setting: its value, where it may be set, what it does. Secrets are not shown."""
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if setting.name == "secret_key" and value:
            value = "***"
        print(f"{setting.name:<16} {value!s:<36} {setting.metadata['help']}")
    return 0
