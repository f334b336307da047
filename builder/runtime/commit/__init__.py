"""Commit: the only writer. One transaction takes every lock in one order, re-checks what must hold, lets the ledger plan,
and writes each row once, the stored answer included."""

from builder.runtime.commit.attempts import record_attempt, record_refusals
from builder.runtime.commit.commit import Committed, StaleError, commit

__all__ = ["StaleError", "Committed", "commit", "record_attempt", "record_refusals"]
