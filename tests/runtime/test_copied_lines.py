"""Further lines of a conversion: which go along, with what."""

from __future__ import annotations

from typing import Any

from builder.metadata.entity import Conversion, CopiedLines
from builder.record import Record
from builder.runtime.handlers.conversions import _copy_more


class Evaluating:
    """Expressions are names of values; a condition is the value itself."""

    def expression(self, owner: str, property: str) -> str | None:
        return {"more_lines.0.map.name": "name", "more_lines.0.when": "kept"}.get(property)

    def evaluate(self, expression: str, record: Record, parent: Record | None = None) -> Any:
        return record.values[expression]


class Unanswered:
    def laid_over(self, to: str, line: Record, row: dict[str, Any]) -> dict[str, Any]:
        return row


def line(id: int, name: str, kept: bool) -> Record:
    return Record("step", id, values={"name": name, "kept": kept})


def test_the_further_lines_go_along_where_their_condition_holds() -> None:
    copied = CopiedLines("steps", "tasks", {"name": "name"}, source_line="step", when="kept")
    conversion = Conversion("c", "c", "C", "job", {}, more_lines=(copied,))
    source = Record("plan", 1, {}, lines={"steps": (line(7, "cut", True), line(8, "wait", False))})
    values: dict[str, Any] = {"tasks": [{"name": "begin"}]}
    _copy_more(Evaluating(), conversion, source, values, Unanswered())  # type: ignore[arg-type]
    assert values == {"tasks": [{"name": "begin"}, {"name": "cut", "step": 7}]}
