"""Holding: a file between being looked at and being imported. It belongs to who sent it and goes after a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import orjson

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.runtime.engine import Engine

KEPT = timedelta(days=1)


def _folder(engine: Engine) -> Path:
    return Path(engine.settings.var) / "imports"


def hold(engine: Engine, actor: Actor, content: bytes, name: str) -> str:
    """Keep the file; its outside id."""
    id = engine.database.new_id()
    folder = _folder(engine)
    folder.mkdir(parents=True, exist_ok=True)
    about = {"user": actor.user_id, "workspace": actor.workspace, "name": name[:200]}
    (folder / f"{id}.held.json").write_bytes(orjson.dumps(about))
    (folder / f"{id}.held").write_bytes(content)
    return engine.database.show(id)


def held(engine: Engine, actor: Actor, shown: str) -> tuple[bytes, str]:
    """The actor's file and its name; 404 for another's, or one that is gone."""
    id = engine.database.read_id(shown)
    about = _folder(engine) / f"{id}.held.json"
    if id is None or not about.is_file():
        raise NotFoundError(file=True)
    known = orjson.loads(about.read_bytes())
    if (known["user"], known["workspace"]) != (actor.user_id, actor.workspace):
        raise NotFoundError(file=True)
    return (_folder(engine) / f"{id}.held").read_bytes(), str(known["name"])


def drop(engine: Engine, shown: str) -> None:
    """The file is not needed any more."""
    id = engine.database.read_id(shown)
    for path in (_folder(engine) / f"{id}.held", _folder(engine) / f"{id}.held.json"):
        path.unlink(missing_ok=True)


def forget_before(engine: Engine, before: datetime, *, pattern: str = "*.held*") -> int:
    """Remove files that were left; says how many."""
    old = [p for p in _folder(engine).glob(pattern) if p.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
