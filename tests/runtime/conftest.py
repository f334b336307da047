"""Both databases, where a test asks for a world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builder.storage.database import Database
from tests.postgres import server
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world
from tests.runtime.yard import yard_nodes


def _migrate(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    database.close()


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@contextmanager
def _opened(kind: str, folder: Path) -> Iterator[World]:
    url = f"sqlite:///{folder}/zhanggui.db" if kind == "sqlite" else server().database(_migrate)
    world = open_world(url, folder)
    try:
        yield world
    finally:
        world.engine.database.close()
        if kind != "sqlite":
            server().drop(url)


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An engine without any app."""
    with _opened(request.param, tmp_path) as world:
        yield world


@pytest.fixture(scope="module", params=BOTH)
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An engine that all tests of a module share."""
    with _opened(request.param, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="module")
def yard(bare: World) -> World:
    """A shop with a yard that all tests of a module share: each brings goods and people of its own."""
    bare.install(yard_nodes(), "shop")
    return bare


@pytest.fixture
def shop(empty: World) -> World:
    """A small shop: goods, orders, deliveries, one guard, one approval."""
    empty.install(shop_nodes(), "shop")
    return empty
