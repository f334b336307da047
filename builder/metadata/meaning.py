"""Meaning: what one property of a definition speaks of, and in which surroundings.

``Meaning.of`` names the surroundings (see ``frames``) in which a value is to be understood: ``self`` is the entity at hand, ``line`` the lines at
hand, ``other`` and ``other_line`` the entity that is referred to, ``target`` the entity that an action acts on, ``ledger`` the ledger at hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """``what`` a value refers to or is written in. For an object, ``keys`` says what its keys are (in ``keys_of``) and the rest what its
    values are. ``expect`` is the type that an expression must have: ``bool number text any own`` (the field's own type) ``key`` (the type of
    the field that the key names). ``old`` allows the value before the change. ``star`` allows ``*``."""

    what: str
    of: str = ""
    keys: str = ""
    keys_of: str = ""
    expect: str = "any"
    old: bool = False
    star: bool = False


def meant(what: str, of: str = "", **more: object) -> Meaning:
    """A meaning, written shortly."""
    return Meaning(what, of, **more)  # type: ignore[arg-type]


def when(of: str, **more: object) -> Meaning:
    """An expression that says yes or no."""
    return meant("expression", of, expect="bool", **more)


def mapped(of: str, keys_of: str, **more: object) -> Meaning:
    """Expressions by the keys of the fields that they fill."""
    return meant("expression", of, keys="field", keys_of=keys_of, expect="key", **more)


TEXT, ICON, COLOR = meant("text"), meant("icon"), meant("color")
ENTITY, LEDGER, ROLE = meant("entity"), meant("ledger"), meant("role")
