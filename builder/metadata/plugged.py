"""Plugged: what the definition side knows of actions that plug-ins bring. Whoever registers an action tells it here too. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.registry import Registry


@dataclass(frozen=True, slots=True)
class PluggedAction:
    """``properties`` are those of an action that this kind reads, in the order in which they are asked for; ``required`` must be given;
    ``timings`` say when it may run."""

    label: Mapping[str, str]
    properties: tuple[str, ...]
    required: tuple[str, ...]
    timings: frozenset[str]


PLUGGED_ACTIONS: Registry[PluggedAction] = Registry("plugged action")
