"""Revisions of the fixed tables. Entities need none: the pool's members are all alike."""

from __future__ import annotations

from importlib.resources import files

TABLE = "alembic_version"


def known_revisions() -> frozenset[str]:
    """The revisions that this release has, by the names of their files: ``r0001_initial.py`` is 0001."""
    names = (found.name for found in files(f"{__name__}.versions").iterdir())
    return frozenset(name[1:5] for name in names if name.startswith("r") and name.endswith(".py"))
