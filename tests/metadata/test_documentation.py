"""What the documentation shows is right: the tutorial's files are a package, and shipped packages have no fault."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from builder.metadata.checks import check
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.metadata.reading import read_files
from builder.web.locale import Messages

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"`keys/([a-z_/]+\.json)`\n\n```json\n(.*?)```", re.DOTALL)
SHIPPED = sorted(
    p.parent for folder in ("templates_catalog", "docs/examples") for p in (ROOT / folder).glob("*/app.json")
)


def _tutorial(*changes: tuple[str, str]) -> Package:
    text = (ROOT / "docs" / "tutorial" / "first-package.md").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    nodes, unread = read_files({path: body.encode() for path, body in BLOCK.findall(text)})
    package, problems = load(nodes)
    assert (unread, problems) == ((), ())
    assert package is not None
    return package


def test_the_tutorial_makes_a_package_without_a_fault() -> None:
    package = _tutorial()
    assert len(package.nodes) == 10
    assert check(package) == ()


def test_the_tutorials_mistake_is_answered_as_it_says() -> None:
    package = _tutorial(
        ("\"IF(direction == 'out', -count, count)\"", "\"IF(direction == 'out', -cuont, count)\"")
    )
    (problem,) = check(package)
    text = (ROOT / "docs" / "tutorial" / "first-package.md").read_text(encoding="utf-8")
    said = Messages.load().text(problem.code, "en", problem.params)
    assert f"{problem.path}\n  {said}\n" in text


def test_the_tutorial_is_told_that_a_void_document_would_keep_its_entries() -> None:
    package = _tutorial((', "reverses": true, "style": "danger"', ', "style": "danger"'))
    assert [p.code for p in check(package)] == ["E150"]


@pytest.mark.parametrize("folder", SHIPPED, ids=[p.name for p in SHIPPED])
def test_what_is_shipped_has_no_fault(folder: Path) -> None:
    nodes = {p.name: p for p in SHIPPED}
    package, problems = load(folder, lambda key: load(nodes[key])[0].nodes if key in nodes else None)  # type: ignore[union-attr]
    assert problems == ()
    assert package is not None
    assert [(p.code, p.path) for p in check(package) if p.severity == "error"] == []


CATALOG = [p for p in SHIPPED if p.parent.name == "templates_catalog"]


@pytest.mark.parametrize("folder", CATALOG, ids=[p.name for p in CATALOG])
def test_a_template_has_a_page_that_names_its_roles_and_documents(folder: Path) -> None:
    """Whoever chooses it reads there who works with it and what they fill in."""
    page = (ROOT / "docs" / "catalog" / f"{folder.name}.md").read_text(encoding="utf-8").lower()
    roles = json.loads((folder / "roles.json").read_text(encoding="utf-8"))["roles"]
    entities = [json.loads(p.read_text(encoding="utf-8")) for p in (folder / "entities").glob("*.json")]
    named = [*roles, *(e for e in entities if e.get("kind") == "document")]
    labels = [label["en"] for node in named if (label := node.get("label"))]
    assert labels
    assert [label for label in labels if label.lower() not in page] == []
