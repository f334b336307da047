"""Writes ``docs/requirements.md``: every row of the checklist with the tests that perform it.

A row's tests are scenarios of the templates that name it (``requirements``) and tests marked ``@pytest.mark.requirement("R004")``; a test serves at most
three rows, and ``simulated=True`` says that the other side was a simulator. Whatever is listed runs in ``make test``, which fails where one of them does.
With ``--check`` nothing is written and the exit code says whether the file is up to date."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "requirements.md"
TESTS, CATALOG = ROOT / "tests", ROOT / "templates_catalog"
ROWS, NOT_YET = TESTS / "requirements" / "rows.txt", TESTS / "requirements" / "not_yet.txt"
MOST_ROWS = 3
HEAD = """# Requirements

What the product promises, row by row, and the test that performs it with the row's own numbers. This page is made from the tests by
`tools/document_requirements.py`: scenarios of the templates name their rows, and so do tests. All of them run in `make test`. Scenarios that name rows are also played from outside, each
step a request to the HTTP API by the person that it names (`tests/requirements/test_over_http.py`).

"""


@dataclass
class Row:
    """``passes`` and ``simulated`` are the tests by name."""

    number: str
    templates: str
    words: str
    passes: list[str] = field(default_factory=list)
    simulated: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """One test and the rows that it performs."""

    name: str
    rows: tuple[str, ...]
    is_simulated: bool = False


def rows() -> dict[str, Row]:
    """Every row of the checklist."""
    lines = [line.split("|", 2) for line in _lines(ROWS)]
    return {n.strip(): Row(n.strip(), t.strip(), w.strip()) for n, t, w in lines}


def reasons() -> dict[str, str]:
    """Why rows are not performed yet."""
    return {n.strip(): why.strip() for n, why in (line.split("|", 1) for line in _lines(NOT_YET))}


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def shown() -> Iterator[Shown]:
    """Every test that names rows."""
    for path in sorted(CATALOG.glob("*/scenarios/*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        if body.get("requirements"):
            yield Shown(f"{path.parent.parent.name}: {path.stem}", tuple(body["requirements"]))
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield from _marked(path.relative_to(ROOT), node)


def _marked(path: Path, node: ast.FunctionDef) -> Iterator[Shown]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
            numbers = tuple(str(ast.literal_eval(argument)) for argument in mark.args)
            yield Shown(f"{path}: {node.name}", numbers, any(k.arg == "simulated" for k in mark.keywords))


def problems(found: list[Shown], known: dict[str, Row], why: dict[str, str]) -> list[str]:
    """What is wrong with the names of rows."""
    told = [f"{one.name} names {n}, which is no row" for one in found for n in one.rows if n not in known]
    told += [f"{one.name} serves more than {MOST_ROWS} rows" for one in found if len(one.rows) > MOST_ROWS]
    performed = {n for one in found for n in one.rows}
    told += [f"{n} is performed, and yet said not to be" for n in why if n in performed]
    told += [f"{n} is not a row" for n in why if n not in known]
    return told


def page() -> str:
    """The whole page. Ends the program with what is wrong."""
    known, why, found = rows(), reasons(), list(shown())
    told = problems(found, known, why)
    if told:
        raise SystemExit("\n".join(told))
    for one in found:
        for number in one.rows:
            row = known[number]
            (row.simulated if one.is_simulated else row.passes).append(one.name)
    passing = sum(1 for r in known.values() if r.passes)
    simulated = sum(1 for r in known.values() if r.simulated and not r.passes)
    counts = f"{passing} of {len(known)} rows pass, {simulated} against a simulator, {len(known) - passing - simulated} not yet.\n\n"
    table = "| row | for | what is shown | passes | passes against a simulator | not yet |\n| --- | --- | --- | --- | --- | --- |\n"
    return HEAD + counts + table + "".join(_row(r, why.get(r.number, "")) for r in known.values())


def _row(row: Row, why: str) -> str:
    def told(names: list[str]) -> str:
        return "<br>".join(f"`{name}`" for name in names)

    left = "" if row.passes or row.simulated else (why or "no test performs it yet")
    return f"| {row.number} | {row.templates} | {row.words} | {told(row.passes)} | {told(row.simulated)} | {left} |\n"


def main(arguments: list[str]) -> int:
    made = page()
    if "--check" in arguments:
        is_fresh = OUT.exists() and OUT.read_text(encoding="utf-8") == made
        print("requirements are up to date" if is_fresh else f"out of date: {OUT.name}")
        return 0 if is_fresh else 1
    OUT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
