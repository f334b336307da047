"""Statements: how many a request sends to the database, counted inside this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from builder.storage.prepared import watchers


@contextmanager
def watched() -> Iterator[list[str]]:
    """Every statement that any engine of this process sends while the block runs. One for many rows counts once; BEGIN and COMMIT do not."""
    seen: list[str] = []

    def hear(statement: str) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        hear(statement)

    watchers.append(hear)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        watchers.remove(hear)
        event.remove(Engine, "before_cursor_execute", note)
