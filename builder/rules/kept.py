"""Kept: what is worked out once per version of an app, as long as that version is in use."""

from __future__ import annotations

from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from builder.metadata.compiled import CompiledPackage

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Plans by version and key. Two threads may make one twice: they come to the same."""

    def __init__(self) -> None:
        self._versions: WeakKeyDictionary[CompiledPackage, dict[K, V]] = WeakKeyDictionary()

    def of(self, version: CompiledPackage) -> dict[K, V]:
        """What that version has come to so far; the caller puts there what is missing."""
        found = self._versions.get(version)
        return self._versions.setdefault(version, {}) if found is None else found
