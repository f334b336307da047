"""Recalled: the surroundings of a moment that the log of rules remembers: what a rule looked at then, instead of what is there today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.metadata.entity import Field
from builder.metadata.package import Package
from builder.metadata.paths import field_at
from builder.record import Record, Value
from builder.rules.context import Context as Facts
from builder.runtime.trying.values import exact

OLD = "old."
SETTING = "setting."


@dataclass(frozen=True)
class Recalled(Facts):
    """Facts of today with ``known`` values for one record at one version; what nobody looked at then is read as it is now."""

    known: Mapping[str, Value] = field(default_factory=dict)
    about: tuple[str, int, int] = ("", 0, 0)

    def values(
        self, paths: Iterable[str], record: Record, *, parent: Record | None = None, old: Record | None = None
    ) -> dict[str, Value]:
        wanted = tuple(paths)
        found = super().values(wanted, record, parent=parent, old=old)
        if not self.known or (record.entity, record.id, record.version) != self.about:
            return found
        return {**found, **{path: self.known[path] for path in wanted if path in self.known}}


def remembered(package: Package, entity: str, inputs: Mapping[str, Any]) -> dict[str, Value]:
    """The inputs that a run kept, exact again. Settings are those of today: that they are others now is what is tried."""
    found: dict[str, Value] = {}
    for path, value in inputs.items():
        of = field_at(package, entity, path.removeprefix(OLD))
        if path.startswith(SETTING) or of is None:
            continue
        found[path] = _exact(of, value)
    return found


def _exact(of: Field, value: Any) -> Value:
    if isinstance(value, list) and not of.type.startswith("multi"):
        return tuple(exact(of, one) for one in value)
    return exact(of, value)
