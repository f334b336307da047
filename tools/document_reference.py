"""Writes docs/reference/engine.md from the engine itself: commands, settings, field types, actions, routes, problem codes. ``--check`` fails
where the file is not up to date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from flask import Blueprint, Flask

from builder import designer
from builder.cli import parser
from builder.config import Settings
from builder.metadata.field_types import FIELD_TYPES
from builder.rules.actions import ACTIONS
from builder.runtime.api import api_blueprint
from builder.web.locale import Messages

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "engine.md"
INTRODUCTION = """# Commands, settings and codes

This page is made from the engine itself by `tools/document_reference.py`.
"""


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").strip()


def _table(head: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(_cell(part) for part in row)} |"
    yield ""


def _commands(made: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str]]:
    """Every command that runs something, with what it does."""
    for action in made._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        words = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for key, below in action.choices.items():
            deeper = list(_commands(below, f"{name} {key}"))
            yield from deeper or [
                (" ".join(below.format_usage().split()).removeprefix("usage: "), words.get(key, ""))
            ]


def _routes() -> Iterator[tuple[str, str]]:
    """Routes of the API, drawn without an engine: nothing is called."""
    app = Flask("reference", static_folder=None)
    blueprint: Blueprint = api_blueprint(None)  # type: ignore[arg-type]
    app.register_blueprint(blueprint)
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: str(r)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"`{method}`", f"`{rule.rule}`"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    yield "## Commands\n"
    yield from _table(
        ("Command", "Does"), ((f"`{usage}`", help) for usage, help in _commands(parser(), "builder"))
    )
    yield "## Settings\n\nFrom the environment, `builder.toml`, or the default.\n"
    yield from _table(
        ("Setting", "Default", "Meaning"),
        ((f"`BUILDER_{f.name.upper()}`", f"`{f.default}`", f.metadata["help"]) for f in fields(Settings)),
    )
    yield "## Routes under `/api/v1`\n"
    yield from _table(("Method", "Path"), _routes())
    yield "## Field types\n"
    yield from _table(
        ("Type", "Name", "Kept as", "Properties"),
        (
            (f"`{kind.name}`", kind.label["en"], kind.storage, ", ".join(f"`{p}`" for p in kind.properties))
            for kind in FIELD_TYPES
        ),
    )
    yield "## Actions of rules\n"
    yield from _table(
        ("Action", "Name", "Timing"),
        ((f"`{kind.name}`", kind.label["en"], ", ".join(sorted(kind.timings))) for kind in ACTIONS),
    )
    yield "## Problem codes\n\nStable; words are in the reader's language, filled with the problem's parameters.\n"
    words = Messages.load(designer.MESSAGES).texts
    yield from _table(("Code", "Words"), ((f"`{code}`", words[code]["en"]) for code in sorted(words)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    text = "\n".join(_lines())
    if arguments.parse_args().check:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET.name} is not up to date: run python tools/document_reference.py")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
