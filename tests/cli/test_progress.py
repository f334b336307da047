"""The bar of a demo: one line that changes on a terminal, plain lines elsewhere, gone when the sample is ready."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builder.cli import starting
from builder.cli.opening import opened
from builder.cli.progress import Bar, is_broken, percent_of, watch
from builder.config import Settings
from builder.storage import jobs

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    return Settings(database=f"sqlite:///{tmp_path}/demo.db", var=str(tmp_path))


def test_a_terminal_sees_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    out = io.StringIO()
    bar = Bar(out, is_tty=True)
    for percent in (0, 50, 100):
        bar.show(percent)
    first, second, third = out.getvalue().split("\r")[1:]
    assert "[------------------------]   0 %" in first
    assert "[############------------]  50 %" in second
    assert third.endswith("] 100 %\n  The sample is ready\n")


def test_a_file_gets_a_line_every_ten_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    out = io.StringIO()
    bar = Bar(out, is_tty=False)
    for percent in (0, 3, 9, 12, 18, 31, 100):
        bar.show(percent)
    said = [line.rpartition(": ")[2] for line in out.getvalue().splitlines()[:-1]]
    assert said == ["0 %", "12 %", "31 %", "100 %"]
    assert "\r" not in out.getvalue()


def test_a_sample_that_stopped_is_not_called_ready(settings: Settings) -> None:
    out = io.StringIO()
    with opened(settings, migrate=True) as engine:
        with engine.database.write() as conn:
            jobs.add(conn, 1, job_id=1, kind="sample", args={}, user_id=0, now=NOW)
            row = jobs.claim(conn, 1, now=NOW, lease_until=NOW)
            assert row is not None
            jobs.finish(conn, 1, 1, row.fence, state="failed", progress={"done": 4, "total": 10}, error="X")
        assert is_broken(engine)
    Bar(out, is_tty=False).show(100, broken=True)
    assert out.getvalue().endswith("The sample stopped before its end; the log says why\n")


def test_the_sample_is_watched_until_it_is_ready(settings: Settings) -> None:
    out = io.StringIO()
    with opened(settings, migrate=True) as engine:
        assert percent_of(engine) is None
        watch(settings, threading.Event(), out)
        assert out.getvalue() == ""
        with engine.database.write() as conn:
            jobs.add(conn, 1, job_id=1, kind="sample", args={}, user_id=0, now=NOW)
        assert percent_of(engine) == 0
        with engine.database.write() as conn:
            row = jobs.claim(conn, 1, now=NOW, lease_until=NOW)
            assert row is not None
            jobs.advance(conn, 1, 1, row.fence, cursor={"at": 4}, progress={"done": 4, "total": 10})
        assert percent_of(engine) == 40
        stop = threading.Event()
        stop.set()
        watch(settings, stop, out)
        assert out.getvalue() == "  Filling in the sample: 40 %\n"
        with engine.database.write() as conn:
            row = jobs.claim(conn, 1, now=NOW, lease_until=NOW)
            assert row is not None
            jobs.finish(conn, 1, 1, row.fence, state="done", progress={"done": 10, "total": 10}, error="")
        assert percent_of(engine) == 100


def test_the_database_is_not_open_while_the_server_is_forked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    forked, stop = threading.Event(), threading.Event()
    monkeypatch.setattr(starting, "watch", lambda *_: seen.append("watched"))
    monkeypatch.setattr("multiprocessing.get_start_method", lambda: "fork")
    thread = threading.Thread(target=starting.watch_after, args=(forked, settings, stop))
    thread.start()
    seen.append("forked")
    forked.set()
    thread.join()
    assert seen == ["forked", "watched"]
    stop.set()
    forked.clear()
    starting.watch_after(forked, settings, stop)
    assert seen == ["forked", "watched"]
