"""A draft's page tells whom its approval would ask, and of a step that would pass by itself that it asks nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from builder.runtime.pages.approvals import _foreseen
from builder.workflow.preview import Preview

CTX: Any = SimpleNamespace(directory=SimpleNamespace(name_of={1: "王建国", 2: "吴静"}.get))
WORDS: Any = SimpleNamespace(listed="、".join, of=str, say=str)


@pytest.mark.parametrize(
    ("preview", "said"),
    [
        (Preview("n", "approver", "总经理", "any", (1, 2)), ("王建国、吴静", "page.would_decide", "总经理")),
        (Preview("n", "approver", "总经理", "any", skipped=True), ("总经理", "page.path.skipped", "")),
        (Preview("n", "cc", "抄送财务", "any", (2,)), ("吴静", "page.would_know", "抄送财务")),
        (Preview("n", "approver", "由您选", "any", choice=True), ("由您选", "page.would_decide", "")),
    ],
)
def test_a_step_that_is_passed_asks_nobody(preview: Preview, said: tuple[str, str, str]) -> None:
    step = _foreseen(CTX, WORDS, preview)
    assert (step["who"], step["what"], step["when"]) == said
