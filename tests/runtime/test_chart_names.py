"""Bars of a chart that share a name say what tells them apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from builder.runtime.pages.report_charts import chart_of

WORDS = SimpleNamespace(of=lambda text: text)


def column(key: str, *, figure: bool = False, entity: str | None = None) -> Any:
    plain = SimpleNamespace(is_derived=False, bucket=None, op="", how=None)
    return SimpleNamespace(
        key=key,
        label=key,
        is_figure=figure,
        entity=entity,
        column=plain,
        type="text",
        change="",
        of="",
        places=None,
    )


def names(rows: list[dict[str, str]]) -> list[str]:
    shown = (
        column("store", entity="warehouse"),
        column("item", entity="item"),
        column("amount", figure=True),
    )
    table = SimpleNamespace(
        words=WORDS,
        result=SimpleNamespace(report=SimpleNamespace(chart="bar"), rows=rows),
        opens=False,
        shown=shown,
        pivot=None,
        cell=lambda _column, value: SimpleNamespace(text=value),
    )
    drawn = chart_of(cast(Any, table))
    assert drawn is not None
    return cast("list[str]", drawn["categories"])


def test_bars_of_the_same_store_say_the_item_too() -> None:
    rows = [{"store": "浦东店", "item": "上海青"}, {"store": "浦东店", "item": "生菜"}]
    assert names(rows) == ["浦东店 · 上海青", "浦东店 · 生菜"]


def test_bars_that_differ_keep_their_short_names() -> None:
    rows = [{"store": "浦东店", "item": "上海青"}, {"store": "静安店", "item": "生菜"}]
    assert names(rows) == ["浦东店", "静安店"]
