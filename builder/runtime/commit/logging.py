"""The command log: one row and one link of a hash chain for every command that committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.changes import Changes
from builder.storage import commands as command_rows

if TYPE_CHECKING:
    from builder.runtime.decide import Decided


def log_command(
    conn: Any, decided: Decided, changes: Changes, cmd: int, *, request_key: str, content: bytes
) -> None:
    """Append the link. What is hashed: the command's row, and ``content``, which covers the journals, entries, history and tickets that it wrote."""
    first = changes.records[0].record if changes.records else None
    app = decided.app
    entity_id = app.maps.entity_id(first.entity) if app is not None and first is not None else 0
    command_rows.log(
        conn,
        decided.actor.workspace,
        cmd=cmd,
        at=decided.now,
        actor=decided.actor,
        kind=type(decided.command).__name__,
        app_id=app.row.app_id if app is not None else 0,
        package_version=changes.package_version,
        entity_id=entity_id,
        record_id=first.id if first is not None else 0,
        request_id=request_key,
        content=content,
    )
