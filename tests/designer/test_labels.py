"""People read words, not keys: choices of settings, balances and guards of a ledger, and every fixed value of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from builder.designer.judging import Judged
from builder.designer.panel import Panel
from builder.designer.widgets import Widget
from builder.designer.words import Words
from builder.metadata.kinds import KINDS
from builder.metadata.schemas import schema


def setting_widget(judged: Judged, words: Words, key: str, name: str) -> Widget:
    settings = judged.nodes["app", "app"]["settings"]
    index = next(i for i, s in enumerate(settings) if s["key"] == key)
    panel = Panel(judged, ("app", "app"), words, None)
    return next(w for w in panel.widgets(("settings", index)) if w.name == name)


def test_a_choice_of_a_setting_is_read_by_what_its_help_calls_it(general: Judged, zh: Words) -> None:
    default = setting_widget(general, zh, "shortage_policy", "default")
    assert (default.kind, default.value) == ("choice", "reject")
    assert default.named("reject").startswith("可用量不足时")
    options = setting_widget(general, zh, "shortage_policy", "options")
    assert options.named("reject").endswith("(reject)")


def test_a_switch_s_default_is_yes_or_no(general: Judged, en: Words) -> None:
    default = setting_widget(general, en, "force_approval", "default")
    assert [c.label for c in default.choices] == ["Yes", "No"]


def test_balances_and_guards_of_a_ledger_have_words(general: Judged, en: Words) -> None:
    panel = Panel(general, ("ledger", "stock"), en, None)
    rows = {section.name: [row.label for row in section.rows] for section in panel.sections()}
    assert "Item × Warehouse" in rows["grains"]
    assert not {"on_hand", "available"} & set(rows["guards"])


def fixed_values(node: Any, model: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Every value that a schema allows by name: its model, property, value."""
    if isinstance(node, list):
        for inner in node:
            yield from fixed_values(inner, model, name)
    elif isinstance(node, Mapping):
        yield from ((model, name, v) for v in node.get("enum", ()) if isinstance(v, str))
        for key, inner in node.items():
            if key in {"properties", "$defs"}:
                for below, shape in inner.items():
                    of = model if key == "properties" else below
                    yield from fixed_values(shape, of, below if key == "properties" else "")
            elif key != "enum":
                yield from fixed_values(inner, model, name)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_fixed_value_has_words(kind: str, words: Words) -> None:
    bare = {
        f"{model}.{name}.{value}"
        for model, name, value in fixed_values(schema(kind), kind)
        if words.value(name, value, model) == value
        and words.find(f"d.v.{model}.{name}.{value}", f"d.v.{name}.{value}", f"d.v.{value}") is None
    }
    assert bare == set()
