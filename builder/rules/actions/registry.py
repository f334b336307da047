"""The registry of actions. Built-ins and plug-ins join by the same call, and tell the definition side what they read."""

from __future__ import annotations

from builder.metadata.plugged import PLUGGED_ACTIONS, PluggedAction
from builder.registry import Registry
from builder.rules.actions.kind import ActionKind

ACTIONS: Registry[ActionKind] = Registry("action")
ENTRY_POINTS = "zhanggui.actions"
"""The group of entry points under which an installed package names its kinds of actions."""


def plug_in(kind: ActionKind) -> ActionKind:
    """Take up a plug-in's kind of action. It reads properties that actions have (``values``, ``payload``, ``to``, ``target`` …)."""
    ACTIONS.register(kind.name, kind)
    properties = tuple(kind.schema.get("properties", ()))
    required = tuple(kind.schema.get("required", ()))
    PLUGGED_ACTIONS.register(kind.name, PluggedAction(kind.label, properties, required, kind.timings))
    return kind
