"""The console script ``builder``: every command of operators and implementers. Commands live in this room, one module a subject."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from builder import __version__
from builder.cli.collecting import seldom
from builder.cli.speaking import UnreadyError, say_error, say_problems
from builder.config import Settings
from builder.errors import BuilderError
from builder.storage.errors import BackupError, DuplicateError, SchemaError, StorageError, UnknownOutcomeError

ROOMS: Mapping[str, Mapping[str, str]] = {
    "starting": {
        "demo": "a shop with sample data on an embedded database, ready to look at",
        "init": "tables, workspace and first administrator",
        "migrate": "move the tables to this release",
        "settings": "list every setting with its value",
    },
    "serving": {
        "serve": "pages and API, with the relay and the schedules",
        "worker": "relay, schedules and jobs alone",
    },
    "packages": {
        "template": "the catalog and packages",
        "openapi": "the OpenAPI document of an installed app",
        "schema": "the JSON schema of a kind of definition",
    },
    "scenario": {"scenario": "a package's own tests"},
    "data": {
        "verify": "recompute ledgers, balances, layers and the command chain",
        "backup": "write the whole database and its files, while it runs",
        "restore": "read a backup into an empty database of either kind",
    },
    "trying": {"what-if": "compare an app's draft with what happened, without writing"},
    "anchors": {"anchor": "write the heads of the command chains to a file"},
    "people": {"user": "accounts", "token": "API tokens"},
    "plan": {"plan": "seats, apps and the end of the workspace"},
}
"""The modules of this room, and what each command of theirs is for. A module brings along whatever its commands work with, most of them the database."""

_UNREACHED: dict[type[StorageError], str] = {
    DuplicateError: "DUPLICATE",
    UnknownOutcomeError: "DATABASE_OUTCOME",
}


def parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Every command, with the options of all of them or only of those that stand among ``words``: the others need not be imported."""
    made = argparse.ArgumentParser(
        prog="builder", description="掌柜 Zhanggui: business apps from metadata, whose numbers add up"
    )
    made.add_argument("--version", action="version", version=f"builder {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room, told in ROOMS.items():
        own = {name: commands.add_parser(name, help=help) for name, help in told.items()}
        if words is None or not own.keys().isdisjoint(words):
            import_module(f"builder.cli.{room}").add(own)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. 1: something is wrong with the data or the input, 2: with the command line or the
    settings, 3: the database could not be reached or was busy."""
    seldom()
    words = sys.argv[1:] if argv is None else argv
    args = parser(words).parse_args(words)
    seldom()  # What was imported meanwhile stays too.
    try:
        overrides = {
            name: getattr(args, name, None) for name in ("database", "var", "host", "port", "workers")
        }
        settings = Settings.load(**overrides)
        code: int = args.run(args, settings)
    except BuilderError as error:
        say_error(error)
        return 1
    except UnreadyError as error:
        print(f"builder: {error}", file=sys.stderr)
        return 2
    except SchemaError as error:
        print(f"builder: a newer release has changed this database (revision {error.code})", file=sys.stderr)
        return 2
    except BackupError as error:
        print(f"builder: {error}", file=sys.stderr)
        say_problems(error.problems)
        return 2
    except StorageError as error:
        say_error(BuilderError(_UNREACHED.get(type(error), "DATABASE_BUSY"), reason=error.code))
        return 3
    except ValueError as error:
        print(f"builder: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return code
