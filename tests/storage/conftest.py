"""Both databases, each test on a fresh copy of one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.storage.database import Database
from tests.postgres import server


def migrate(url: str) -> None:
    made = Database.open(url)
    made.migrate()
    made.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ready.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> Iterator[str]:
    """The URL of a migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(migrated_file, path)
        yield f"sqlite:///{path}"
        return
    made = server().database(migrate)
    yield made
    server().drop(made)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open, migrated database of each kind."""
    made = Database.open(url)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    made = server().empty()
    yield made
    server().drop(made)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[Database]:
    """A database of each kind for all tests that keep to a workspace of their own."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "shared.db"
        shutil.copy(migrated_file, path)
        made = Database.open(f"sqlite:///{path}")
    else:
        made = Database.open(server().database(migrate))
    yield made
    made.close()
