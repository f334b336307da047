"""Shades of figures, and rows as tiles."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from builder.runtime.pages.cells import Cell
from builder.runtime.pages.report_heat import STEPS, scale_of, tiles_of

ROOT = Path(__file__).resolve().parents[3] / "builder"


def column(key: str, heat: str | None = None, *, figure: bool = True) -> Any:
    plain = SimpleNamespace(is_derived=False, heat=heat)
    return SimpleNamespace(key=key, label=key.title(), is_figure=figure, column=plain, change="")


def table(*shown: Any, across: dict[str, tuple[str, tuple[()]]] | None = None) -> Any:
    pivot = SimpleNamespace(at=across) if across else None
    return cast(Any, SimpleNamespace(shown=shown, pivot=pivot, words=SimpleNamespace(of=str)))


def rows(*values: int | None, key: str = "rate") -> list[dict[str, Any]]:
    return [{key: None if v is None else Decimal(v)} for v in values]


def test_the_shade_deepens_with_the_value() -> None:
    made = rows(10, 20, 30, 40, 50, None)
    scale = scale_of(table(column("rate", "bad")), made)
    assert [scale.shade("rate", r["rate"]) for r in made] == [
        *(f"bad depth-{n}" for n in range(1, STEPS + 1)),
        "",
    ]


@pytest.mark.parametrize("values", [(7,), (7, 7, 7), (None,), ()])
def test_what_does_not_differ_has_no_shade(values: tuple[int | None, ...]) -> None:
    made = rows(*values)
    scale = scale_of(table(column("rate", "good")), made)
    assert {scale.shade("rate", r["rate"]) for r in made} <= {""}


def test_a_column_without_heat_has_none() -> None:
    made = rows(1, 9)
    assert scale_of(table(column("rate")), made).shade("rate", Decimal(9)) == ""


def test_columns_of_a_group_across_share_one_scale() -> None:
    shown = table(
        column("mon", "plain"), column("tue", "plain"), across={"mon": ("sold", ()), "tue": ("sold", ())}
    )
    scale = scale_of(shown, [{"mon": Decimal(0), "tue": Decimal(50)}, {"mon": Decimal(100), "tue": None}])
    assert scale.shade("tue", Decimal(50)) == "plain depth-3"
    assert scale.shade("mon", Decimal(100)) == "plain depth-5"


def test_tiles_stand_under_the_groups_before_the_last() -> None:
    shown = table(
        column("region", figure=False), column("store", figure=False), column("near"), column("rate")
    )
    cells = [
        [Cell("East"), Cell("A"), Cell("1"), Cell("30%")],
        [Cell("East"), Cell("B"), Cell("0"), Cell("")],
    ]
    [east] = tiles_of(shown, cells, "rate")
    assert (east.name, [(t.name.text, t.main.text) for t in east.tiles]) == (
        "East",
        [("A", "30%"), ("B", "")],
    )
    assert [(name, cell.text) for name, cell in east.tiles[0].others] == [("Near", "1")]
    assert tiles_of(shown, cells, "gone") == ()


# Contrast: text on the deepest shade can be read in both themes.


def _rgb(colour: str) -> tuple[float, ...]:
    full = colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])
    return tuple(int(full[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _light(rgb: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "hue"), [*product((0, 1), ("blue", "green", "red"))])
def test_text_on_the_deepest_shade_is_readable(theme: int, hue: str) -> None:
    tokens = (ROOT / "web/static/css/tokens.css").read_text("utf-8")
    depths = re.findall(r"--depth: (\d+)%", (ROOT / "runtime/static/css/pages.css").read_text("utf-8"))
    deepest = max(map(int, depths)) / 100

    def of(name: str) -> tuple[float, ...]:
        return _rgb(re.findall(rf"--{name}: (#[0-9a-f]{{3,6}})[;\s]", tokens)[theme])

    shade = tuple(
        a * deepest + b * (1 - deepest) for a, b in zip(of(f"solid-{hue}"), of("surface"), strict=True)
    )
    lighter, darker = sorted((_light(shade), _light(of("text"))), reverse=True)
    assert len(depths) == STEPS
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
