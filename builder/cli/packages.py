"""Packages: ``template``, ``openapi``, ``schema``. What needs an engine is done in ``installed``, so that checking starts without one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial

from builder.cli.collecting import undisturbed
from builder.cli.sources import source_of
from builder.cli.speaking import say_problems
from builder.config import Settings
from builder.errors import Problem
from builder.metadata.catalog import catalog, template_nodes
from builder.metadata.checks import check
from builder.metadata.kinds import KINDS
from builder.metadata.loading import load_read, read
from builder.metadata.once import Once
from builder.metadata.package import Package
from builder.metadata.schemas import schema


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    room = commands["template"].add_subparsers(dest="action", required=True, metavar="ACTION")
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
    openapi = commands["openapi"]
    openapi.add_argument("app")
    openapi.add_argument("--database", help="database URL")
    openapi.set_defaults(run=run_openapi)
    shape = commands["schema"]
    shape.add_argument("kind", choices=sorted(KINDS))
    shape.set_defaults(run=run_schema)


@undisturbed()
def run_check(args: argparse.Namespace, settings: Settings) -> int:
    """All the packages that are named, each by itself; what they extend is read once, and judged once where they leave it as it is."""
    reading, once = cache(read), Once()
    templates = partial(template_nodes, reading=reading)
    paths = args.paths or list(catalog())
    loaded = [load_read(reading(source_of(path)), templates, once) for path in paths]
    all_errors = 0
    for path, (_, problems), more in zip(paths, loaded, _judged([p for p, _ in loaded], once), strict=True):
        found = [*problems, *more]
        say_problems(found)
        errors = sum(p.severity == "error" for p in found)
        named = "" if len(args.paths) == 1 else f"{path}: "
        print(f"{named}{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}")
        all_errors += errors
    return 1 if all_errors else 0


def _judged(packages: Sequence[Package | None], once: Once) -> Iterable[tuple[Problem, ...]]:
    """What the checks find in each. One alone needs nothing of what shares work among processes."""
    if len(packages) == 1:
        return [() if package is None else check(package, once) for package in packages]
    from builder.cli.checking import judged

    return judged(packages, once)


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_list as run

    return run(args, settings)


def run_install(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_install as run

    return run(args, settings)


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_export as run

    return run(args, settings)


def run_diff(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_diff as run

    return run(args, settings)


def run_upgrade(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_upgrade as run

    return run(args, settings)


def run_openapi(args: argparse.Namespace, settings: Settings) -> int:
    from builder.cli.installed import run_openapi as run

    return run(args, settings)


def run_schema(args: argparse.Namespace, settings: Settings) -> int:
    print(json.dumps(schema(args.kind), ensure_ascii=False, indent=1))
    return 0
