"""Backup: everything comes back exactly, whichever database it came from and goes to, or nothing does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select

from builder.metadata.loading import load_trusted
from builder.storage import account_writes, app_writes, apps, backup, commands, counters
from builder.storage.backup import write_backup
from builder.storage.chains import broken_links
from builder.storage.database import Database
from builder.storage.dumping import digest_of, lines_of
from builder.storage.errors import BackupError
from builder.storage.members import make_members
from builder.storage.restoring import read_backup
from builder.storage.tables import metadata
from builder.storage.tables.ledgers import entry
from builder.storage.tables.people import account, session
from builder.storage.tables.pool import member_table
from builder.storage.tables.records import counter, search
from tests.postgres import server
from tests.storage.conftest import migrate
from tests.storage.samples import NOW, record_row, user_body
from tests.storage.test_apps import Shop, field, nodes
from tests.storage.test_commands import ACTOR

OTHER: dict[str, str] = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture
def filled(database: Database, tmp_path: Path) -> Database:
    """A database with something in every kind of column, and a file."""
    with database.write() as conn:
        account_writes.add_workspace(conn, 1, key="w", name="掌柜", timezone="Asia/Shanghai", locale="zh-CN")
        account_writes.save_user(conn, 1, user_body(5, "anna"), NOW)
        conn.execute(
            insert(session).values(
                ws=1, token_hash="s", user_id=5, csrf="c", created_at=NOW, seen_at=NOW, expires_at=NOW
            )
        )
        for number in range(20):
            commands.log(conn, 1, cmd=number << 22, at=NOW, actor=ACTOR, kind="Create", content=[number])
        commands.claim(conn, 1, 5, "Create", "k", "h", datetime(2026, 11, 27, 8, 0, 0, 123456, tzinfo=UTC))
        commands.answered(conn, 1, 5, "Create", "k", 7, bytes(range(256)))
        counters.raise_to(conn, 1, "s", "", 41)
        keys = {"ws": 1, "journal_id": 1, "ledger_id": 1, "line_id": 1, "part": 0, "kind": "normal", "seq": 1}
        conn.execute(insert(entry).values(entry_id=9, business_date=date(2026, 1, 2), m1=-(2**62), **keys))
        tokens = ["1z大米", "1z大"] if database.dialect == "postgresql" else "1z大米 1z大"
        conn.execute(
            insert(search).values(ws=1, entity_id=1, record_id=3, field_no=1, text="大米", tokens=tokens)
        )
    shop = Shop(database, nodes(field("name"), field("note", "long_text")))
    shop.fill(
        {"name": "first", "note": "长\n文"}, {"name": None, "note": None}, {"name": "x" * 5000, "note": "b"}
    )
    folder = tmp_path / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / "abcd").write_bytes(b"\x00picture")
    return database


@pytest.fixture(params=["same", "other"])
def target(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, migrated_file: Path
) -> Iterator[Database]:
    """An empty database of the same kind, and one of the other kind."""
    kind = database.dialect if request.param == "same" else OTHER[database.dialect]
    if kind == "sqlite":
        shutil.copy(migrated_file, tmp_path / "target.db")
        url = f"sqlite:///{tmp_path / 'target.db'}"
    else:
        url = server().database(migrate)
    made = Database.open(url)
    yield made
    made.close()
    if kind == "postgresql":
        server().drop(url)


def everything(database: Database) -> dict[str, Any]:
    with database.snapshot() as conn:
        names = [name for name in metadata.tables if name not in {"writer_slot", "session", "pool_member"}]
        found = {name: digest_of(conn, metadata.tables[name]) for name in names}
        found["rec"] = digest_of(conn, member_table(0))
    return found


def test_everything_comes_back_on_either_database(filled: Database, target: Database, tmp_path: Path) -> None:
    path, files = tmp_path / "all.zip", tmp_path / "restored"
    write_backup(filled, path, tmp_path / "files")
    read_backup(target, path, files)
    assert everything(target) == everything(filled)
    assert (files / "ab" / "abcd").read_bytes() == b"\x00picture"
    assert not list(tmp_path.glob("*.partial"))
    assert target.show(12345) == filled.show(12345)
    with target.snapshot() as conn:
        assert list(broken_links(conn, 1)) == []
        assert apps.app_by_key(conn, 1, "shop") is not None
        found = commands.stored_answer(conn, 1, 5, "Create", "k")
        assert conn.execute(select(session)).all() == []
    assert found is not None
    assert found.answer == bytes(range(256))
    assert target.new_id() not in {0}
    with target.write() as conn:
        conn.execute(insert(member_table(0)), record_row(target.new_id(), 99))


def test_no_id_is_made_again_after_restoring(filled: Database, target: Database, tmp_path: Path) -> None:
    made = {filled.new_id() for _ in range(5_000)}
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    read_backup(target, tmp_path / "all.zip", tmp_path / "restored")
    # Even on a machine whose clock is an hour behind.
    late = Database(
        target.url.render_as_string(hide_password=False),
        now_ms=lambda: (min(made) >> 22) + 1_704_067_200_000 - 3_600_000,
    )
    assert late.new_id() > max(made)
    late.close()


def test_a_backup_shows_one_moment_though_others_write(filled: Database, tmp_path: Path) -> None:
    kept = lines_of

    def meanwhile(conn: Any, table: Any) -> Iterator[bytes]:
        if table is counter:
            with filled.write() as other:
                counters.raise_to(other, 1, "s", "", 4242)
        yield from kept(conn, table)

    monkey = pytest.MonkeyPatch()
    monkey.setattr(backup, "lines_of", meanwhile)
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    monkey.undo()
    with ZipFile(tmp_path / "all.zip") as found:
        assert b"4242" not in found.read("tables/counter.jsonl")


def test_a_database_that_has_something_in_it_is_left_alone(filled: Database, tmp_path: Path) -> None:
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    before = everything(filled)
    with pytest.raises(BackupError, match="not empty"):
        read_backup(filled, tmp_path / "all.zip", tmp_path / "restored")
    assert everything(filled) == before


def _changed(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    broken = path.with_name("broken.zip")
    with ZipFile(path) as old, ZipFile(broken, "w") as new:
        for name in old.namelist():
            body = change(name, old.read(name))
            if body is not None:
                new.writestr(name, body)
    return broken


def _manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[str, bytes], bytes]:
    def apply(name: str, body: bytes) -> bytes:
        if name != "manifest.json":
            return body
        manifest = json.loads(body)
        change(manifest)
        return json.dumps(manifest).encode()

    return apply


BROKEN: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a changed row": lambda name, body: (
        body.replace(b"anna", b"anne") if name == "tables/account.jsonl" else body
    ),
    "a missing row": lambda name, body: b"" if name == "tables/counter.jsonl" else body,
    "a missing table": lambda name, body: None if name == "tables/entry.jsonl" else body,
    "a changed file": lambda name, body: b"other" if name.startswith("files/") else body,
    "no manifest": lambda name, body: None if name == "manifest.json" else body,
    "another format": _manifest(lambda m: m.update(format=99)),
    "another revision": _manifest(lambda m: m.update(revision="9999")),
    "an unknown table": _manifest(lambda m: m["tables"].update(sqlite_master=m["tables"]["account"])),
    "an unknown column": _manifest(lambda m: m["tables"]["account"]["columns"].__setitem__(0, "evil")),
    "a file outside": _manifest(lambda m: m["files"].update({"../../evil": "x"})),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_backup_that_is_not_whole_restores_nothing(what: str, tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "source.db")
    source = Database.open(f"sqlite:///{tmp_path / 'source.db'}")
    with source.write() as conn:
        account_writes.save_user(conn, 1, user_body(5, "anna"), NOW)
        counters.raise_to(conn, 1, "s", "", 41)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "abcd").write_bytes(b"picture")
    write_backup(source, tmp_path / "all.zip", tmp_path / "files")
    source.close()
    target = Database.open(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(BackupError):
        read_backup(target, _changed(tmp_path / "all.zip", BROKEN[what]), tmp_path / "restored")
    if target.revision is not None:
        with target.snapshot() as conn:
            assert conn.execute(select(account)).all() == []
        assert target.show(1)
    assert not (tmp_path.parent / "evil").exists()
    target.close()


def test_text_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("hello")
    target = Database.open(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(BackupError, match=r"x\.zip"):
        read_backup(target, tmp_path / "x.zip", tmp_path)
    with pytest.raises(BackupError, match=r"none\.zip"):
        read_backup(target, tmp_path / "none.zip", tmp_path)
    target.close()


def test_more_members_than_the_new_database_has_are_made(
    filled: Database, target: Database, tmp_path: Path
) -> None:
    with filled.maintenance() as conn:
        make_members(conn, 15)
    many = nodes(field("name"))
    for number in range(30):
        many[("entity", f"e{number}")] = {
            "uid": f"e{number}",
            "key": f"e{number}",
            "kind": "document",
            "label": "E",
            "fields": [],
        }
    many[("app", "app")]["key"] = "many"
    with filled.write() as conn:
        app_writes.install(
            conn, 1, app_id=filled.new_id(), key="many", nodes=many, package=load_trusted(many), template_key="",
            template_version="", author_id=5, now=NOW, cmd=1, new_id=filled.new_id,
        )  # fmt: skip
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    read_backup(target, tmp_path / "all.zip", tmp_path / "restored")
    target.migrate()
    with target.write() as conn:
        conn.execute(insert(member_table(30)), record_row(1, 1))
