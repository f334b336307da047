"""Collecting: how often a process of the product looks for objects that only hold each other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def seldom() -> None:
    """Packages are many objects that stay, and work leaves few circles behind: looking after each 700 new objects, as Python does by
    itself, takes a tenth of a write and a third of checking a template. Modules that are there already stay and are not looked at again."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing is looked for meanwhile: for work of seconds whose objects hold each other only one way."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """What is there now stays until the process ends."""
    gc.collect()
    gc.freeze()
    seldom()
