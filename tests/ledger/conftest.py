"""Both databases, where a test asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from builder.ledger import fields
from builder.ledger.definition import LedgerModel
from tests.ledger.store import LedgerStore, fill_postgres, postgres_engine, sqlite_engine
from tests.postgres import server


@pytest.fixture(autouse=True)
def no_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """These databases hold ledgers alone: no dimension has a record whose fields could be read."""
    monkeypatch.setattr(fields, "fetch", lambda *_args, **_options: {})


Opener = Callable[..., LedgerStore]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of each kind with empty ledgers; an SQLite file gets its tables with the first of them."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path)
        yield made
        made.dispose()
        return
    url = server().database(fill_postgres, "ledgers")
    made = postgres_engine(url)
    yield made
    made.dispose()
    server().drop(url)


@pytest.fixture
def opened(engine: Engine) -> Opener:
    """Opens ledgers on that database."""

    def opener(*models: LedgerModel, **more: Any) -> LedgerStore:
        return LedgerStore(engine, *models, **more)

    return opener
