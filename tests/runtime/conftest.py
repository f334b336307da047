"""Both databases, where a test asks for a world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.storage.database import Database
from tests.postgres import server
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


def _migrate(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An engine without any app."""
    if request.param == "sqlite":
        world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
        yield world
        world.engine.database.close()
        return
    url = server().database(_migrate)
    world = open_world(url, tmp_path)
    yield world
    world.engine.database.close()
    server().drop(url)


@pytest.fixture
def shop(empty: World) -> World:
    """A small shop: goods, orders, deliveries, one guard, one approval."""
    empty.install(shop_nodes(), "shop")
    return empty
