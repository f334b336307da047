"""Crashes: a process that dies leaves what it had committed and nothing of what it had not; several processes get along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from builder.storage.chains import broken_links, heads
from builder.storage.database import Database
from builder.storage.tables.machinery import idempotency
from builder.storage.tables.pool import member_table
from builder.storage.tables.records import counter
from tests.storage.writer import write_one

ROOT = Path(__file__).parents[2]


def start(url: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.storage.writer", url, name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def committed(database: Database) -> set[str]:
    """The keys that were committed, after making sure that everything beside them was too."""
    with database.snapshot() as conn:
        keys = set(conn.execute(select(idempotency.c.key).where(idempotency.c.answer.is_not(None))).scalars())
        assert conn.execute(select(func.count()).select_from(idempotency)).scalar() == len(keys)
        numbers = conn.execute(select(member_table(0).c.u0)).scalars()
        assert sorted(int(number) for number in numbers) == list(range(1, len(keys) + 1))
        assert conn.execute(select(func.coalesce(func.max(counter.c.value), 0))).scalar() == len(keys)
        assert sum(seq for seq, _ in heads(conn, 1).values()) == len(keys)
        assert list(broken_links(conn, 1)) == []
    return keys


@pytest.mark.parametrize("acknowledged", [1, 7, 20])
def test_a_killed_process_leaves_only_whole_transactions(url: str, acknowledged: int) -> None:
    child = start(url, "child", 100_000)
    assert child.stdout is not None
    for _ in range(acknowledged):
        assert child.stdout.readline()
    child.kill()
    rest = child.stdout.read().split()
    child.wait()
    child.stdout.close()
    said = acknowledged + len([line for line in rest if line.isdigit()])
    database = Database.open(url)
    keys = committed(database)
    # What was acknowledged is there; at most one more was committed before its author could say so.
    assert said <= len(keys) <= said + 1
    assert keys == {f"child-{number}" for number in range(len(keys))}
    # Who repeats the last command with its key does not do it twice.
    write_one(database, f"child-{len(keys) - 1}")
    assert committed(database) == keys
    write_one(database, "after")
    assert committed(database) == {*keys, "after"}
    database.close()


def test_several_processes_write_one_database(url: str) -> None:
    children = [start(url, f"p{number}", 25) for number in range(3)]
    for child in children:
        child.communicate()
        assert child.returncode == 0
    database = Database.open(url)
    assert len(committed(database)) == 75
    database.close()
