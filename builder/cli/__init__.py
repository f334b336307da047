"""The console script ``builder``: every command of operators and implementers. Commands live in this room, one module a subject."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from builder import __version__
from builder.cli import anchors, data, packages, people, plan, scenario, serving, starting, trying
from builder.cli.collecting import seldom
from builder.cli.opening import UnreadyError
from builder.cli.speaking import say_error, say_problems
from builder.config import Settings
from builder.errors import BuilderError
from builder.storage.dumping import BackupError
from builder.storage.errors import DuplicateError, SchemaError, StorageError, UnknownOutcomeError

_UNREACHED: dict[type[StorageError], str] = {
    DuplicateError: "DUPLICATE",
    UnknownOutcomeError: "DATABASE_OUTCOME",
}


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    made = argparse.ArgumentParser(
        prog="builder", description="掌柜 Zhanggui: business apps from metadata, whose numbers add up"
    )
    made.add_argument("--version", action="version", version=f"builder {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room in (starting, serving, packages, scenario, data, trying, anchors, people, plan):
        room.add(commands)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. 1: something is wrong with the data or the input, 2: with the command line or the
    settings, 3: the database could not be reached or was busy."""
    args = parser().parse_args(argv)
    seldom()
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
