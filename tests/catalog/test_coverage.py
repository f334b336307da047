"""Every scenario of a template holds in it, those that it takes over from another too, and together they meet all that it defines."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.config import Settings
from builder.metadata.catalog import catalog
from builder.runtime.installing import template
from builder.runtime.scenarios import words
from builder.runtime.scratch import Scratch

UNREACHABLE = frozenset({"Sales return line · delivery_unit", "Stock-outs of a day · once"})
"""Checks of what nobody can type: its fields are filled in by the engine alone."""


@pytest.mark.long
@pytest.mark.parametrize("key", sorted(catalog()))
def test_all_hold_and_nothing_is_left_out(key: str, tmp_path: Path) -> None:
    package = template(key).package
    scratch = Scratch(package, Settings(), tmp_path)
    failed = [words(result, "en") for s in package.scenarios if not (result := scratch.run(s)).passed]
    told = scratch.met.coverage(package, "en").missed
    missed = {kind: left for kind, labels in told.items() if (left := set(labels) - UNREACHABLE)}
    assert (failed, missed) == ([], {})
