"""``what-if`` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.cli import main
from builder.commands import SaveDraft
from tests.runtime.test_parity import parity_nodes
from tests.runtime.world import open_world


def test_a_draft_is_compared_with_what_happened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/zhanggui.db"
    world = open_world(url, tmp_path)
    nodes = parity_nodes()
    world.install(nodes, "shop")
    world.create("request", {"code": "R1", "subject": "chairs"})
    world.send(SaveDraft("shop", "rule", "rush", {**nodes["rule", "rush"], "if": "subject == 'chairs'"}))
    world.engine.database.close()
    asked = ["what-if", "shop", "--database", url, "--days", "36500"]
    assert main([*asked, "--rule", "rush"]) == 0
    assert "rule:request:rush: did 0, would 1, more 1" in capsys.readouterr().out
    assert main(asked) == 0
    assert "1 differ" in capsys.readouterr().out
