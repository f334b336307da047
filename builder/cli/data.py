"""Data: ``verify``, ``backup``, ``restore``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from builder.cli.opening import open_engine, opened
from builder.config import Settings
from builder.runtime.anchoring import read_file
from builder.runtime.verifying import verify_all


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    verify = commands["verify"]
    verify.add_argument("app", nargs="?", help="one app (all)")
    verify.add_argument("--database", help="database URL")
    verify.add_argument(
        "--against", metavar="HEAD", help="a file of `anchor export` that the log must still lead to"
    )
    verify.set_defaults(run=run_verify)
    backup = commands["backup"]
    backup.add_argument("file")
    backup.add_argument("--database", help="database URL")
    backup.set_defaults(run=run_backup)
    restore = commands["restore"]
    restore.add_argument("file")
    restore.add_argument("--database", help="database URL")
    restore.set_defaults(run=run_restore)


def run_verify(args: argparse.Namespace, settings: Settings) -> int:
    """0 where everything adds up; 1 with the rows that differ; 2 where what to compare with cannot be read."""
    try:
        kept = read_file(Path(args.against)) if args.against else None
    except (OSError, ValueError) as error:
        print(f"{args.against} holds no heads to compare with: {error}", file=sys.stderr)
        return 2
    with opened(settings) as engine:
        checked = verify_all(engine, app=args.app, against=kept)
    for name, count in checked.counted.items():
        print(f"{name:<24} {count}")
    for note in checked.notes:
        print(f"note: {note}")
    for finding in checked.findings:
        print(f"DIFFERS {finding}")
    print(f"{len(checked.findings)} differences")
    return 1 if checked.findings else 0


def run_backup(args: argparse.Namespace, settings: Settings) -> int:
    from builder.storage.backup import write_backup

    with opened(settings) as engine:
        write_backup(engine.database, Path(args.file), engine.files)
    print(f"wrote {args.file}")
    return 0


def run_restore(args: argparse.Namespace, settings: Settings) -> int:
    from builder.storage.restoring import read_backup

    engine = open_engine(settings)
    try:
        read_backup(engine.database, Path(args.file), engine.files)
    finally:
        engine.database.close()
    print(f"restored into {settings.database}")
    return 0
