"""The office that attacks are tried on. What they must not change is compared, so the module's tests share one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.office import Office, open_office
from tests.runtime.world import open_world


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    try:
        yield open_office(world)
    finally:
        world.engine.database.close()
