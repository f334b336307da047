"""``builder scenario run`` says the same, by however many processes it plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.cli import main

LEAVE = str(Path(__file__).resolve().parents[2] / "docs" / "examples" / "leave_and_hours")


def test_two_processes_say_and_write_what_one_does(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said, written = [], []
    for jobs in ("1", "2"):
        file = tmp_path / f"{jobs}.xml"
        assert main(["scenario", "run", LEAVE, "--jobs", jobs, "--junit", str(file)]) == 0
        said.append(capsys.readouterr().out)
        written.append(file.read_text(encoding="utf-8"))
    assert said[0] == said[1]
    assert written[0] == written[1]
    assert ", 0 failed" in said[0]


def test_nobody_at_all_cannot_play(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "run", LEAVE, "--jobs", "0"]) == 2
    assert "--jobs" in capsys.readouterr().err
