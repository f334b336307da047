"""Installed: what ``template`` and ``openapi`` do with an engine: packages become apps, and apps packages."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builder.cli.opening import WORKSPACE, opened
from builder.cli.sources import source_of
from builder.cli.speaking import locale, words
from builder.config import Settings
from builder.metadata.archive import to_zip
from builder.metadata.catalog import catalog
from builder.metadata.kinds import KINDS, Nodes
from builder.metadata.merge import ABSENT
from builder.metadata.package import Package
from builder.metadata.text import LOCALES
from builder.runtime.installing import Installer, loaded, start_sample, template
from builder.runtime.playing import system
from builder.runtime.upgrading import Upgrade, plan_upgrade, upgrade
from builder.storage import apps as stored_apps

LONGEST = 200
"""Characters of a value that are told."""


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
