"""Cause: the chain of rules, and of what approvals fired, that led to a command, so that a loop ends with its names instead of a hang."""

from __future__ import annotations

from typing import Literal, NamedTuple

from builder.commands import Command
from builder.errors import Problem

DEPTH = 16
BUDGET = 1000
MOVES = 200
"""What approvals may fire one after the other under one root, their automatic steps included."""
WIDTH = 1000
"""As how many runs at once a *later* rule may wake itself again: each hop counts as often as the one before it asked for."""


SHOWN = 6


class Cause(NamedTuple):
    """``rules`` are the keys of the rules that led here, the first one first. Empty: a person or program asked. ``moves`` are what approvals
    fired on the way."""

    rules: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()

    def by(self, rule: str) -> Cause:
        return Cause((*self.rules, rule), self.moves)

    def moved(self, what: str) -> Cause:
        """``what``: the transition that is fired; empty for a step in between."""
        return Cause(self.rules, (*self.moves, what))

    @property
    def chain(self) -> str:
        return " → ".join(self.rules)


NO_CAUSE = Cause()
"""A person or program asked."""


class Caused(NamedTuple):
    """A command that a rule asks for. ``as_`` says with whose rights it runs: the app's or the actor's. ``run`` names the run whose step asks:
    the rule's key, and entity and id of the record that it ran for."""

    command: Command
    cause: Cause
    as_: Literal["app", "actor"] = "app"
    run: tuple[str, str, int] | None = None


def stop(cause: Cause, made: int) -> Problem | None:
    """Why no further command of rules may run under one root: the chain is too deep, or ``made`` commands are too many."""
    if len(cause.rules) > DEPTH:
        return Problem("RULE_DEPTH", params={"depth": DEPTH, "chain": cause.chain})
    if len(cause.moves) > MOVES:
        fired = [name for name in cause.moves if name]
        return Problem("APPROVAL_LOOP", params={"most": MOVES, "chain": " → ".join(fired[-SHOWN:])})
    if made > BUDGET:
        return Problem("RULE_BUDGET", params={"budget": BUDGET, "chain": cause.chain})
    return None
