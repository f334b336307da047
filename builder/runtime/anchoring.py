"""Anchoring: the heads of the command chains, written down outside the database, where nobody who can change the one can change the other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from builder.changes import Message
from builder.errors import NotFoundError
from builder.runtime.engine import Engine
from builder.storage import chains, outbox

FOLDER = "anchors"
LAST = "head.json"
TOPIC = "anchor.heads"
"""What messages with heads are about: whoever carries events outside looks for it."""
HEADS = "anchor"


def heads_now(engine: Engine, ws: int = 1) -> dict[str, Any]:
    """All heads at one moment, as they are kept."""
    with engine.database.snapshot() as conn:
        return chains.exported(conn, ws, engine.clock.now())


def heads_for(engine: Engine, actor: Any) -> dict[str, Any]:
    """The same for a person; nobody but administrators learns that there are any."""
    if not actor.is_admin:
        raise NotFoundError
    return heads_now(engine, actor.workspace)


def export(engine: Engine, path: Path, ws: int = 1) -> dict[str, Any]:
    """Write the heads to a file."""
    made = heads_now(engine, ws)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_file(made))
    return made


def as_file(made: Mapping[str, Any]) -> bytes:
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def read_file(path: Path) -> Mapping[str, Any]:
    """Heads from a file, or from a message that was kept as one, as it lay in the outbox or as a connector sent it. ``ValueError`` where it holds none."""
    found = orjson.loads(path.read_bytes())
    if isinstance(found, dict) and found.get("topic") == TOPIC:
        found = found.get(HEADS)
    elif isinstance(found, dict) and found.get("type") == TOPIC:
        found = (found.get("data") or {}).get(HEADS)
    if not isinstance(found, dict) or not isinstance(found.get("heads"), dict):
        raise ValueError(f"{path} holds no heads of a command chain")
    return found


def keep(engine: Engine, ws: int = 1) -> Path:
    """One file an hour in ``<var>/anchors``, to be copied away by whoever keeps the server, and one message an hour for whatever carries
    events outside. A file that is there stays as it is."""
    hour = engine.clock.now().strftime("%Y%m%dT%H")
    path = Path(engine.settings.var) / FOLDER / f"{ws}-{hour}.json"
    if not path.exists():
        _queue(engine, ws, hour)
        export(engine, path, ws)
    return path


def _queue(engine: Engine, ws: int, hour: str) -> None:
    """Put the heads into the outbox. The hour's second one, of another process or after a crash, is left out."""
    now = engine.clock.now()
    with engine.database.write(job=True) as conn:
        body = {"topic": TOPIC, HEADS: chains.exported(conn, ws, now)}
        message = Message("event", body, dedupe_key=f"{TOPIC}:{hour}")
        outbox.append(conn, ws, [message], cmd=0, now=now, new_id=engine.database.new_id)
    engine.wake.set()
