"""One app of the general template for the whole folder; every test gets a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.requirements.trade import Original, Trade


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """The app that is copied."""
    return Original(tmp_path_factory.mktemp("original"))


@pytest.fixture
def trade(original: Original, tmp_path: Path) -> Iterator[Trade]:
    """An app of its own."""
    with original.copy(tmp_path) as made:
        yield made
