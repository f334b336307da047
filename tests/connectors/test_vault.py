"""The vault: one key for all who seal, however many begin at the same moment; what is sealed opens only where it belongs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from builder.connectors.vault import Connection, Vault, made_once


def test_two_who_seal_first_at_the_same_moment_use_one_key(tmp_path: Path) -> None:
    """All of them have found no key before any of them writes one."""
    count = 8
    gate = threading.Barrier(count)

    def make() -> bytes:
        gate.wait()
        return Fernet.generate_key()

    with ThreadPoolExecutor(count) as pool:
        keys = list(pool.map(lambda _: made_once(tmp_path / "key", make), range(count)))
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_what_one_sealed_the_other_opens(tmp_path: Path) -> None:
    sealed = Vault(tmp_path).sealed(Connection("https://a.example", True, {"token": "x"}))
    assert Vault(tmp_path).opened(sealed, "https://a.example").secrets == {"token": "x"}
    assert Vault(tmp_path).opened(sealed, "https://b.example").secrets == {}
    assert Vault(tmp_path / "elsewhere").opened(sealed, "https://a.example") == Connection(
        "https://a.example"
    )


def test_a_key_that_could_not_be_written_is_not_there(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        made_once(tmp_path / "key", fail)
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    made_once(tmp_path / "key", Fernet.generate_key)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
