"""The scenarios that show rows of the checklist, played from outside: every step a request of the person that it names, every refusal as the API
tells it, and the record's own numbers as that person reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.config import Settings
from builder.metadata.catalog import catalog
from builder.runtime.installing import template
from builder.runtime.scenarios import words
from builder.runtime.scratch import Scratch
from tests.requirements.over_http import Outside

CATALOG = Path(__file__).resolve().parents[2] / "templates_catalog"


def showing(key: str) -> list[str]:
    """Scenarios of the template itself that name rows."""
    bodies = (
        json.loads(path.read_text(encoding="utf-8")) for path in (CATALOG / key / "scenarios").glob("*.json")
    )
    return sorted(body["key"] for body in bodies if body.get("requirements"))


@pytest.mark.parametrize("key", sorted(catalog()))
def test_they_hold_from_outside_too(key: str, tmp_path: Path) -> None:
    package = template(key).package
    scratch = Scratch(package, Settings(), tmp_path, plays=Outside)
    wanted = showing(key)
    failed = [
        words(result, "en")
        for s in package.scenarios
        if s.key in wanted and not (result := scratch.run(s)).passed
    ]
    assert (failed, len(wanted) > 0) == ([], True)
