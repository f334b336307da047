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
from builder.metadata.loading import APP, load, load_trusted
from builder.metadata.package import Package
from builder.metadata.references import References
from builder.metadata.uids import with_uids

KEPT = 8
NEAR = 20
"""Definitions that may differ for two drafts to be near each other."""


@dataclass(frozen=True)
class Judged:
    """A draft as it was read. ``package`` None: not even the app can be read; ``is_whole``: every definition could be."""

    nodes: Nodes
    package: Package | None
    problems: tuple[Problem, ...]
    is_whole: bool = False

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
        package, problems = self._loaded(nodes)
        found = list(problems)
        if package is not None:
            found.extend(self._check(package))
        return Judged(nodes, package, unique(found), is_whole=not problems)

    def _loaded(self, nodes: Nodes) -> tuple[Package | None, tuple[Problem, ...]]:
        """The package and what is wrong with reading it. Next to a draft that was read whole, only what differs is read closely."""
        changed = self._changed(nodes)
        if changed is None:
            return load(nodes)
        _, problems = load({APP: nodes[APP], **changed})
        return load(nodes) if problems else (load_trusted(with_uids(nodes)), ())

    def _changed(self, nodes: Nodes) -> Nodes | None:
        """What differs from a draft that was read whole a moment ago; None where there is none near enough."""
        with self._lock:
            known = [judged for judged in self._kept.values() if judged.is_whole]
        if APP not in nodes or nodes[APP].get("extends"):
            return None
        for judged in reversed(known):
            changed = {n: b for n, b in nodes.items() if judged.nodes.get(n) != b}
            if len(changed) <= NEAR:
                return changed
        return None


def kind_of(path: str) -> str:
    """The kind of definition that a problem's path names."""
    name = name_of(path.partition("#")[0])
    return name[0] if name else ""


def unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once."""
    return tuple({(p.code, p.path, str(p.params)): p for p in problems}.values())
