"""Writes ``docs/reference/package-format.md`` from the JSON Schemas: every property of every definition, with an example.

With ``--check`` nothing is written and the exit code says whether the file is up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from builder.metadata.kinds import KINDS, Kind  # noqa: E402
from builder.metadata.package import FORMAT  # noqa: E402
from builder.metadata.schemas import schema  # noqa: E402
from builder.metadata.text import in_locale  # noqa: E402

OUT = ROOT / "docs" / "reference" / "package-format.md"
HEAD = f"""# Package format

An app is a folder (or a zip) of JSON files, one definition per file, named after its key. This page lists every property of every
definition. It is made from the JSON Schemas (draft 2020-12) that the engine checks packages with and serves, by
`tools/document_schemas.py`; the examples are of a library that lends books.

The format's version is {FORMAT}. Older packages are brought up to date while they are read. Rules for all files:

- Unknown properties are errors, and the nearest known name is suggested.
- Every node has a `uid` that never changes. Where an author leaves it out, it is made from the keys around it, and from then on stays.
- Numbers that are not whole are written as text (`"12.50"`), so that they stay exact.
- Words for people are a string, or one string per language: `{{"zh-CN": "客户", "en": "Customer"}}`.
- The written form is canonical: properties in the order of this page, two spaces of indent. Export, import and export again give the
  same bytes.

"""


def page() -> str:
    """The whole page."""
    seen: set[str] = {"Text"}
    parts = [HEAD, *_contents()]
    for kind in KINDS.values():
        parts.extend(_kind(kind, seen))
    return "".join(parts)


def _contents() -> Iterator[str]:
    yield "| file | definition |\n| --- | --- |\n"
    for kind in KINDS.values():
        yield f"| `{_file(kind)}` | [{_title(kind)}](#{_anchor(_title(kind))}) |\n"
    yield "\n"


def _file(kind: Kind) -> str:
    return kind.path("<locale>" if kind.name == "i18n" else "<key>")


def _title(kind: Kind) -> str:
    return in_locale(kind.label, "en")


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _kind(kind: Kind, seen: set[str]) -> Iterator[str]:
    whole = schema(kind.name)
    yield f"## {_title(kind)}\n\n`{_file(kind)}` · {in_locale(kind.label, 'zh-CN')}\n\n{whole['description']}\n\n"
    yield from _table(whole)
    yield f"Example:\n\n```json\n{_example(whole)}\n```\n\n"
    for name in _reached(whole):
        if name not in seen:
            seen.add(name)
            model = whole["$defs"][name]
            yield f"### {name}\n\n{model['description']}\n\n"
            yield from _table(model)


def _reached(whole: Mapping[str, Any]) -> list[str]:
    """The models of a schema in the order in which a reader meets them."""
    found: list[str] = []

    def visit(value: Any) -> None:
        if isinstance(value, Mapping):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.append(name)
                visit(whole["$defs"][name])
            for key, inner in value.items():
                if key not in {"$defs", "examples"}:
                    visit(inner)
        elif isinstance(value, list):
            for inner in value:
                visit(inner)

    visit({k: v for k, v in whole.items() if k != "$defs"})
    return found


def _table(model: Mapping[str, Any]) -> Iterator[str]:
    if "properties" not in model:
        return
    yield "| property | value | meaning |\n| --- | --- | --- |\n"
    for name, shape in model["properties"].items():
        mark = " *" if name in model.get("required", ()) else ""
        default = shape.get("default")
        text = _cell(shape["description"])
        if default not in (None, "", [], {}):
            text += f" Left out: `{_cell(json.dumps(default, ensure_ascii=False))}`."
        is_told = default == shape["examples"][0] and default is not None
        example = _cell(json.dumps(shape["examples"][0], ensure_ascii=False))
        if "$ref" not in shape and shape.get("type") != "array" and len(example) < 80 and not is_told:
            text += f" For example `{example}`."
        yield f"| `{name}`{mark} | {_value(shape)} | {text} |\n"
    yield "\nProperties marked * must be there.\n\n" if model.get("required") else "\n"


def _value(shape: Mapping[str, Any]) -> str:
    """What kind of value it is, in words."""
    name = str(shape.get("$ref", "")).rpartition("/")[2]
    if name:
        return "words" if name == "Text" else f"[{name}](#{_anchor(name)})"
    if "enum" in shape:
        return " ".join(f"`{value}`" for value in shape["enum"] if value is not None)
    kinds = shape.get("type", "any")
    kind = next((k for k in kinds if k != "null"), "any") if isinstance(kinds, list) else kinds
    if kind == "array":
        items = shape.get("items", {})
        meaning = shape.get("x-reference")
        return f"list of {_value({**items, 'x-reference': meaning} if meaning else items)}"
    meaning = shape.get("x-reference")
    if meaning and meaning != "text":
        keys = f" by {shape['x-keys']}" if "x-keys" in shape else ""
        return f"{meaning}{keys}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(str(kind), str(kind))


def _example(whole: Mapping[str, Any]) -> str:
    return json.dumps(whole["examples"][0], ensure_ascii=False, indent=2)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: list[str]) -> int:
    text = page()
    if "--check" in arguments:
        is_current = OUT.exists() and OUT.read_text(encoding="utf-8") == text
        print("package format is up to date" if is_current else f"out of date: {OUT.relative_to(ROOT)}")
        return 0 if is_current else 1
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
