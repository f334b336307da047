"""Judging: what is wrong with a draft right now. Kept for the last few drafts, because every page asks. Pure."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from builder.errors import Problem
from builder.metadata.canonical import content_hash
from builder.metadata.checks import check as every_check
from builder.metadata.kinds import Nodes, name_of
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.metadata.references import References

KEPT = 8


@dataclass(frozen=True)
class Judged:
    """A draft as it was read. ``package`` None: not even the app can be read."""

    nodes: Nodes
    package: Package | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    @cached_property
    def references(self) -> References:
        if self.package is None:
            raise ValueError("there is no app in this draft")
        return References(self.package)

    def at(self, path: str) -> tuple[Problem, ...]:
        """Problems of one definition (``entities/item.json``) or of one place in it and below."""
        return tuple(
            p for p in self.problems if p.path == path or p.path.startswith((f"{path}#", f"{path}/"))
        )


Check = Callable[[Package], Iterable[Problem]]


class Judge:
    """Judges drafts; the same draft is read once."""

    def __init__(self, kept: int = KEPT, check: Check = every_check) -> None:
        self._check = check
        self._most = kept
        self._kept: OrderedDict[str, Judged] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, nodes: Nodes) -> Judged:
        key = content_hash(nodes)
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = self._judged(nodes)
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found

    def _judged(self, nodes: Nodes) -> Judged:
        package, problems = load(nodes)
        found = list(problems)
        if package is not None:
            found.extend(self._check(package))
        return Judged(nodes, package, unique(found))


def kind_of(path: str) -> str:
    """The kind of definition that a problem's path names."""
    name = name_of(path.partition("#")[0])
    return name[0] if name else ""


def unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once."""
    return tuple({(p.code, p.path, str(p.params)): p for p in problems}.values())
