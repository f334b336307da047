"""Steps: how many definitions one edit of a person changed, so that undo takes them back together.

Storage undoes one definition at a time. What is remembered here holds only while nobody else has touched the draft: its version says so;
otherwise one definition is one step. Nothing is lost when this memory is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from builder.commands import Actor

KEPT = 500
Line: TypeAlias = tuple[int, int, str]


@dataclass
class _Known:
    """``version`` of the draft after the last thing that this person did; sizes of steps, the last one at the end."""

    version: int
    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)


class Steps:
    """The last steps of the people who work here now."""

    def __init__(self) -> None:
        self._known: OrderedDict[Line, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def saved(self, actor: Actor, app: str, version: int, count: int) -> None:
        """``count`` definitions were saved on a draft of that version."""
        with self._lock:
            known = self._of(actor, app, version)
            known.done.append(count)
            known.undone.clear()
            known.version = version + count

    def size(self, actor: Actor, app: str, version: int, *, redo: bool) -> int:
        """How many definitions the next undo (or redo) is about."""
        with self._lock:
            known = self._of(actor, app, version)
            sizes = known.undone if redo else known.done
            return sizes[-1] if sizes else 1

    def moved(self, actor: Actor, app: str, version: int, count: int, *, redo: bool) -> None:
        """``count`` definitions were taken back (or done again) on a draft of that version."""
        with self._lock:
            known = self._of(actor, app, version)
            source, target = (known.undone, known.done) if redo else (known.done, known.undone)
            if source:
                source.pop()
            target.append(count)
            known.version = version + count

    def _of(self, actor: Actor, app: str, version: int) -> _Known:
        line = (actor.workspace, actor.user_id, app)
        known = self._known.get(line)
        if known is None or known.version != version:
            known = self._known[line] = _Known(version)
        self._known.move_to_end(line)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return known
