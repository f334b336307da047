"""The pool: whoever asks for a member's table gets the same one, however many threads of a process that has just started ask at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Table

from builder.storage.tables import pool

THREADS = 8
FRESH = range(900, 920)


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_threads_that_ask_first_share_one_table() -> None:
    start = Barrier(THREADS)

    def asked(member: int) -> Table:
        start.wait()
        return pool.member_table(member)

    with ThreadPoolExecutor(THREADS) as threads:
        for member in FRESH:
            assert len({id(table) for table in threads.map(asked, [member] * THREADS)}) == 1
