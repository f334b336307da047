"""The shop behind its API, on both databases: one for each test that writes, one for a module of refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.caller import Api, Ready

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session", params=KINDS)
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """The original that is copied."""
    made = Ready(request.param, tmp_path_factory.mktemp("ready"))
    made.prepare()
    return made


@pytest.fixture
def api(ready: Ready, tmp_path: Path) -> Iterator[Api]:
    """A shop of its own."""
    with ready.copy(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A shop that the tests of a module share, because they leave nothing behind that another would see."""
    with ready.copy(tmp_path_factory.mktemp("shop")) as made:
        yield made
