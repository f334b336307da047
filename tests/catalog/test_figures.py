"""The page of figures names reports that there are, and scenarios and tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.metadata.catalog import catalog
from builder.runtime.installing import template

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "catalog" / "figures.md"
NAMED = re.compile(r"`([a-z_]+): ([a-z0-9_]+)`")
FILES = re.compile(r"`(tests/[\w/]+\.py)`")


def rows() -> list[list[str]]:
    lines = (line.strip("|\n ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines())
    return [row for row in lines if len(row) == 6 and row[0] not in {"figure", "---"}]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_figure_has_its_report_and_what_shows_it(row: list[str]) -> None:
    source, shown = row[3], row[5]
    for key, report in NAMED.findall(source):
        assert report in {r.key for r in template(key).package.reports}, source
    scenarios = NAMED.findall(shown)
    for key, scenario in scenarios:
        assert key in catalog()
        assert (ROOT / "templates_catalog" / key / "scenarios" / f"{scenario}.json").is_file(), shown
    files = FILES.findall(shown)
    assert all((ROOT / file).is_file() for file in files)
    assert scenarios or files
