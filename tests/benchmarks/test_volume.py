"""The run that measures much of everything works with little of it, and what it writes stands up to verifying."""

from __future__ import annotations

import pytest

from benchmarks import volume
from benchmarks.filling import Size


def test_a_tiny_volume_is_in_order_and_every_page_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with volume.filled("sqlite", Size(items=20, rounds=1, copies=2)) as engine:
        asked = list(volume.ask(engine, ("close",), times=1))
    assert {one.who for one in asked} == set(volume.PEOPLE)
    assert all(one.took.statements and one.size for one in asked)
    told = capsys.readouterr().out
    assert ": 0 findings" in told
    assert "answered" not in told
