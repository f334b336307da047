"""Kept: what is worked out once per version of an app, as long as that version is in use."""

from __future__ import annotations

from typing import Generic, TypeVar

from builder.metadata.compiled import CompiledPackage

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Plans by version and key. The version holds them, so that they go with it. Two threads may make one twice: they come to the same."""

    def of(self, version: CompiledPackage) -> dict[K, V]:
        """What that version has come to so far; the caller puts there what is missing."""
        try:
            return version.plans[self]
        except KeyError:
            return version.plans.setdefault(self, {})
