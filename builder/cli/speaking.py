"""Speaking: how commands say things on the terminal, in the language of the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache

from builder.errors import BuilderError, Problem
from builder.metadata.text import Text, in_locale
from builder.web.locale import Messages, choose_locale


class UnreadyError(Exception):
    """The tables are not of this release; the words say what to do."""


def locale() -> str:
    """Chinese or English, by ``LC_ALL``, ``LC_MESSAGES`` or ``LANG``; English where they name neither."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        tag = os.environ.get(name, "").partition(".")[0].replace("_", "-")
        if tag and tag not in {"C", "POSIX"}:
            return choose_locale(tag, accept_language=f"{tag}, en;q=0.1")
    return "en"


@lru_cache(maxsize=1)
def _messages() -> Messages:
    return Messages.load()


def words(text: Text) -> str:
    return in_locale(text, locale())


def told(problem: Problem) -> str:
    """A problem as one line: place, code, words."""
    params = {k: words(v) if isinstance(v, dict) else v for k, v in problem.params.items()}
    text = _messages().text(problem.code, locale(), params, problem.message)
    return " ".join(
        part for part in (problem.path, problem.code, text if text != problem.code else "") if part
    )


def say_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        print(f"  {problem.severity}: {told(problem)}", file=sys.stderr)


def say_error(error: BuilderError) -> None:
    """A refusal with everything that is wrong."""
    own = Problem(error.code, error.path, error.params, error.message)
    print(f"builder: {told(own)}", file=sys.stderr)
    say_problems(error.problems)
