"""Icons: what a package names is drawn. A name that the sprite lacks would leave a gap in the menu without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRAWN = set(re.findall(r'id="([^"]+)"', (ROOT / "builder/web/static/icons.svg").read_text(encoding="utf-8")))
PACKAGES = sorted([*(ROOT / "templates_catalog").iterdir(), *(ROOT / "docs/examples").iterdir()])


def named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        icon = node.get("icon")
        if isinstance(icon, str):
            yield icon
        for value in node.values():
            yield from named(value)
    elif isinstance(node, list):
        for value in node:
            yield from named(value)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_icon_of_a_package_is_drawn(package: Path) -> None:
    missing = {
        (path.name, icon)
        for path in package.rglob("*.json")
        for icon in named(json.loads(path.read_text(encoding="utf-8")))
        if icon not in DRAWN
    }
    assert missing == set()
