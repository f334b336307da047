"""Rounds: what the engine does for itself, and how often. What each of them is, ``chores`` says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

ROUNDS: Mapping[str, timedelta] = {
    "remind": timedelta(seconds=60),
    "replay": timedelta(seconds=60),
    "reindex": timedelta(seconds=30),
    "tend": timedelta(minutes=5),
    "tidy": timedelta(minutes=30),
}


def lease_name(key: str) -> str:
    """Under which the lease of a chore stands."""
    return f"engine.chore.{key}"
