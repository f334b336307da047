"""Packages: ``template``, ``openapi``, ``schema``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from builder.cli.opening import WORKSPACE, opened
from builder.cli.speaking import locale, say_problems, words
from builder.config import Settings
from builder.metadata.archive import to_zip
from builder.metadata.checks import check
from builder.metadata.kinds import KINDS, Nodes
from builder.metadata.loading import load
from builder.metadata.merge import ABSENT
from builder.metadata.package import Package
from builder.metadata.schemas import schema
from builder.metadata.text import LOCALES
from builder.runtime.installing import (
    Installer,
    catalog,
    loaded,
    start_sample,
    template,
    template_nodes,
    template_source,
)
from builder.runtime.playing import system
from builder.runtime.upgrading import Upgrade, plan_upgrade, upgrade
from builder.storage import apps as stored_apps

LONGEST = 200
"""Characters of a value that are told."""


def add(commands: Any) -> None:
    """Add this subject's commands."""
    room = commands.add_parser("template", help="the catalog and packages").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    room.add_parser("list", help="templates of the catalog").set_defaults(run=run_list)
    check_ = room.add_parser("check", help="everything that is wrong with a package")
    check_.add_argument(
        "paths", metavar="KEY|PATH", nargs="*", help="templates, folders or zips (the whole catalog)"
    )
    check_.set_defaults(run=run_check)
    install = room.add_parser("install", help="make an app from a template or package")
    install.add_argument("template", metavar="KEY|PATH")
    install.add_argument("--key", help="key of the app (the template's)")
    install.add_argument("--label", help="name of the app")
    install.add_argument("--sample", action="store_true", help="with sample people and documents")
    install.add_argument("--database", help="database URL")
    install.set_defaults(run=run_install)
    export = room.add_parser("export", help="write an app's live definitions as a package")
    export.add_argument("app")
    export.add_argument("file", help="zip file to write (- for standard output)")
    export.add_argument("--database", help="database URL")
    export.set_defaults(run=run_export)
    diff = room.add_parser("diff", help="what differs between two packages, in words")
    diff.add_argument("old", metavar="A", help="template, folder, zip, or installed app")
    diff.add_argument("new", metavar="B")
    diff.add_argument("--database", help="database URL of an installed app")
    diff.set_defaults(run=run_diff)
    upgrade = room.add_parser(
        "upgrade", help="take over what the template changed since an app was made from it"
    )
    upgrade.add_argument("app")
    upgrade.add_argument("--template", metavar="KEY|PATH", help="the newer template (the app's own)")
    upgrade.add_argument(
        "--take", choices=["mine", "theirs"], help="whose side, where both changed the same thing"
    )
    upgrade.add_argument(
        "--publish", action="store_true", help="make it live; otherwise it waits in the draft"
    )
    upgrade.add_argument("--dry-run", action="store_true", help="only say what would change")
    upgrade.add_argument("--database", help="database URL")
    upgrade.set_defaults(run=run_upgrade)
    openapi = commands.add_parser("openapi", help="the OpenAPI document of an installed app")
    openapi.add_argument("app")
    openapi.add_argument("--database", help="database URL")
    openapi.set_defaults(run=run_openapi)
    shape = commands.add_parser("schema", help="the JSON schema of a kind of definition")
    shape.add_argument("kind", choices=sorted(KINDS))
    shape.set_defaults(run=run_schema)


def source_of(text: str) -> Any:
    """A template's folder by key, a folder, or a zip's bytes. ``ValueError`` where there is none of them."""
    if text in set(catalog()):
        return template_source(text)
    path = Path(text)
    if path.is_dir():
        return path
    if path.is_file():
        return path.read_bytes()
    raise ValueError(f"no template, folder or file {text!r}")


def package_of(text: str, settings: Settings) -> Package:
    """A template, folder or zip; or else an installed app's live definitions."""
    try:
        return loaded(source_of(text))
    except ValueError:
        with opened(settings) as engine, engine.database.snapshot() as conn:
            return engine.apps.load(conn, WORKSPACE, text).package


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    for key in catalog():
        found = template(key)
        print(f"{key:<14} {found.version:<8} {words(found.label)}  {words(found.description)}".rstrip())
    return 0


def run_check(args: argparse.Namespace, settings: Settings) -> int:
    """All the packages that are named, each by itself; what they extend is read once."""
    templates = cache(template_nodes)
    all_errors = 0
    for path in args.paths or catalog():
        package, problems = load(source_of(path), templates)
        found = [*problems, *(check(package) if package is not None else ())]
        say_problems(found)
        errors = sum(p.severity == "error" for p in found)
        named = "" if len(args.paths) == 1 else f"{path}: "
        print(f"{named}{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}")
        all_errors += errors
    return 1 if all_errors else 0


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def run_install(args: argparse.Namespace, settings: Settings) -> int:
    """Install; with a sample its people get passwords that are printed once."""
    from builder.cli.starting import made_up

    package = loaded(source_of(args.template))
    key = args.key or package.app.key
    actor = system(WORKSPACE)
    logins = [user["login"] for data in package.data for user in data.users]
    passwords = {login: made_up() for login in logins} if args.sample else None
    is_template = args.template in set(catalog())
    with opened(settings) as engine:
        Installer(engine, actor).install(
            package,
            key,
            template_key=package.app.key if is_template else "",
            label=args.label,
            passwords=passwords,
        )
        if args.sample:
            start_sample(engine, actor, key)
    for login, password in (passwords or {}).items():
        print(f"{login:<14} {password}")
    print(f"installed {key}")
    return 0


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine, engine.database.snapshot() as conn:
        app = engine.apps.load(conn, WORKSPACE, args.app)
        nodes = stored_apps.version_nodes(conn, WORKSPACE, app.row.app_id, app.row.live_version)
    content = to_zip(nodes)
    if args.file == "-":
        sys.stdout.buffer.write(content)
    else:
        Path(args.file).write_bytes(content)
        print(f"wrote {args.file}")
    return 0


def run_diff(args: argparse.Namespace, settings: Settings) -> int:
    """1 where something differs, like ``diff``."""
    old, new = package_of(args.old, settings), package_of(args.new, settings)
    found = _tell_difference(old.nodes, new.nodes)
    print(f"{found} definitions differ")
    return 1 if found else 0


def _tell_difference(old: Nodes, new: Nodes) -> int:
    """Every definition that differs, in words; how many they are."""
    from builder import designer
    from builder.designer.difference import Differ
    from builder.designer.words import Words
    from builder.web.locale import Texts

    signs = {"added": "+", "removed": "-", "changed": "~"}
    found = Differ(Words(Texts.load(designer.I18N), locale())).between(old, new)
    for one in found:
        print(f"{signs[one.sort]} {one.kind} {one.label}")
        for line in one.lines:
            print(f"    {line}")
    return len(found)


def _tell(plan: Upgrade) -> None:
    """What an upgrade would change, and where both sides changed the same thing: what either made of it."""
    changed = {**plan.mine, **plan.changed}
    _tell_difference(plan.mine, {name: body for name, body in changed.items() if body is not None})
    for conflict in plan.conflicts:
        kind, body = KINDS[conflict.node[0]], plan.mine.get(conflict.node, {})
        print(f"! {words(kind.label)} {words(body.get('label') or conflict.node[1])} ({conflict.place})")
        print(f"    mine: {_said(conflict.mine)}")
        print(f"    theirs: {_said(conflict.theirs)}")


def _said(value: Any) -> str:
    """A value of a definition in one line: words in the reader's language, other things as they are written; nothing where there is none."""
    if value is ABSENT:
        return "-"
    if isinstance(value, Mapping) and set(value) <= set(LOCALES):
        return words(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def run_upgrade(args: argparse.Namespace, settings: Settings) -> int:
    """1 where both sides changed something and nobody said whose side to take; then nothing is written."""
    with opened(settings) as engine:
        with engine.database.snapshot() as conn:
            row = stored_apps.app_by_key(conn, WORKSPACE, args.app)
        source = args.template or (row.template_key if row is not None else "")
        package = loaded(source_of(source or args.app))
        plan = plan_upgrade(engine, WORKSPACE, args.app, package.nodes, take=args.take)
        _tell(plan)
        if args.dry_run or (plan.conflicts and args.take is None):
            print(f"{len(plan.changed)} definitions would change, {len(plan.conflicts)} to decide (--take)")
            return 1 if plan.conflicts and args.take is None else 0
        note = f"{package.app.key} {package.app.version}"
        version = upgrade(engine, system(WORKSPACE), plan, note=note, publish=args.publish)
    print(f"version {version} is live" if version else f"{len(plan.changed)} definitions in the draft")
    return 0


def run_openapi(args: argparse.Namespace, settings: Settings) -> int:
    from builder.runtime.api.openapi import document
    from builder.runtime.opening import open_reading

    with opened(settings) as engine, engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, system(WORKSPACE), args.app, engine.clock.now())
        print(json.dumps(document(ctx, settings.locale), ensure_ascii=False, indent=1))
    return 0


def run_schema(args: argparse.Namespace, settings: Settings) -> int:
    print(json.dumps(schema(args.kind), ensure_ascii=False, indent=1))
    return 0
