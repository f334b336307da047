"""Anchors: ``anchor export`` writes the heads of the command chains to a file; ``verify --against`` compares with one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from builder.cli.opening import opened
from builder.config import Settings
from builder.runtime.anchoring import export


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    anchor = commands["anchor"]
    deeds = anchor.add_subparsers(dest="deed", required=True, metavar="DEED")
    made = deeds.add_parser("export", help="write the heads as they are now")
    made.add_argument("file")
    made.add_argument("--database", help="database URL")
    made.set_defaults(run=run_export)


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    """0; says the hash, which is worth writing down too."""
    with opened(settings) as engine:
        made = export(engine, Path(args.file))
    print(f"wrote {args.file}: {sum(seq for seq, _ in made['heads'].values())} links, hash {made['hash']}")
    return 0
