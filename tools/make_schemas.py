"""Makes the JSON Schemas of definitions from the model's dataclasses, the table of meanings and the words in ``schema_texts.txt``.

With ``--check`` nothing is written and the exit code says whether the files are up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from builder.metadata.kinds import KINDS, Kind  # noqa: E402
from builder.metadata.meaning import Meaning  # noqa: E402
from builder.metadata.meanings import meaning_of  # noqa: E402
from builder.metadata.structure import hints, json_name, optional  # noqa: E402
from builder.metadata.text import Text  # noqa: E402

TEXTS = ROOT / "tools" / "schema_texts.txt"
OUT = ROOT / "builder" / "metadata" / "schema"

UID = "^[a-z0-9][a-z0-9_.\\-]{0,94}$"
KEY = "^[a-z][a-z0-9_]{0,62}$"
DECIMAL = "^-?[0-9]{1,18}(\\.[0-9]{1,12})?$"
EXPRESSION, WORDS, TEMPLATE = 2000, 2000, 200_000

LIMITS: Mapping[str, Mapping[str, Any]] = {
    "Field.scale": {"minimum": 0, "maximum": 12},
    "Field.min": {"pattern": DECIMAL},
    "Field.max": {"pattern": DECIMAL},
    "Field.max_length": {"minimum": 1, "maximum": 100_000},
    "Field.max_size": {"minimum": 1, "maximum": 1_000_000_000},
    "Field.max_count": {"minimum": 1, "maximum": 50},
    "Field.pattern": {"maxLength": 200},
    "Field.gs1": {"pattern": "^([0-9]{2,4})?$"},
    "Setting.scale": {"minimum": 0, "maximum": 12},
    "Setting.min": {"pattern": DECIMAL},
    "Setting.max": {"pattern": DECIMAL},
    "Measure.scale": {"minimum": 0, "maximum": 12},
    "Entity.fields": {"maxItems": 500},
    "Ledger.dimensions": {"minItems": 1},
    "Ledger.measures": {"minItems": 1},
    "Workflow.states": {"minItems": 1},
    "Rule.then": {"minItems": 1},
    "Grain.dimensions": {"minItems": 1},
    "App.version": {"pattern": "^[0-9]{1,6}(\\.[0-9]{1,6}){0,3}$"},
    "App.format": {"minimum": 1},
    "View.page_size": {"minimum": 1, "maximum": 500},
    "Report.limit": {"minimum": 1, "maximum": 10_000},
    "Card.width": {"minimum": 1, "maximum": 12},
    "Card.limit": {"minimum": 1, "maximum": 100},
    "FormNode.width": {"minimum": 1, "maximum": 12},
    "FormNode.columns": {"minimum": 1, "maximum": 12},
    "Action.due_hours": {"minimum": 1, "maximum": 10_000},
    "Action.due_days": {"minimum": 1, "maximum": 1000},
    "Action.escalate": {"maxItems": 10},
    "Escalation.hours": {"minimum": 0, "maximum": 10_000},
    "ApprovalNode.due_hours": {"minimum": 1, "maximum": 10_000},
    "ApprovalNode.due_minutes": {"minimum": 1, "maximum": 100_000},
    "ApprovalNode.due_days": {"minimum": 1, "maximum": 1000},
    "ApprovalNode.votes": {"minimum": 1, "maximum": 1000},
    "ApprovalNode.percent": {"minimum": 1, "maximum": 100},
    "Approver.levels": {"minimum": 0, "maximum": 20},
    "Trigger.days": {"minimum": -3650, "maximum": 3650},
    "Approver.head": {"minimum": 0, "maximum": 20},
    "Print.template": {"maxLength": TEMPLATE},
    "Connector.origin": {"pattern": "^(https://[a-z0-9.\\-]{1,200}(:[0-9]{1,5})?)?$"},
    "RollUp.scale": {"minimum": 0, "maximum": 12},
    "Health.days": {"minimum": 1, "maximum": 3650},
}
OPTIONAL_AT_FIRST = frozenset({"uid"})
"""Uids may be missing while a package is written by hand; ``tools/assign_uids.py`` fills them in."""


@dataclass(frozen=True)
class Words:
    """The words of one property or model; ``example`` is a JSON value."""

    title: str
    title_zh: str
    description: str
    description_zh: str
    example: Any


def read_texts() -> dict[str, Words]:
    found: dict[str, Words] = {}
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 6:
            raise SystemExit(f"{TEXTS.name}: not six columns: {line}")
        if parts[0] in found:
            raise SystemExit(f"{TEXTS.name}: twice: {parts[0]}")
        found[parts[0]] = Words(parts[1], parts[2], parts[3], parts[4], json.loads(parts[5]))
    return found


class Maker:
    """Makes the schema of one kind; models that it meets go to ``$defs``."""

    def __init__(self, texts: Mapping[str, Words], used: set[str]) -> None:
        self._texts = texts
        self._used = used
        self._defs: dict[str, Any] = {}

    def schema(self, kind: Kind) -> dict[str, Any]:
        head = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:zhanggui:schema:1:{kind.name}",
        }
        body = _i18n() if kind.model is None else self._model(kind.model)
        words = self._words(kind.model.__name__ if kind.model else "I18n")
        defs = {"$defs": dict(sorted(self._defs.items()))} if self._defs else {}
        return {**head, **words, **body, **defs}

    def _model(self, model: type) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required: list[str] = []
        for attribute, hint in hints(model).items():
            name = json_name(attribute)
            properties[name] = self._property(model, attribute, hint)
            if _is_required(model, attribute):
                required.append(name)
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        return {**schema, "additionalProperties": False}

    def _property(self, model: type, attribute: str, hint: Any) -> dict[str, Any]:
        name = f"{model.__name__}.{attribute}"
        shape = {**self._shape(hint), **_limits(model, attribute)}
        meaning = meaning_of(model, attribute)
        if meaning is not None:
            shape = _annotated(shape, meaning)
        if shape.get("type") == "string" and "maxLength" not in shape and "enum" not in shape:
            shape["maxLength"] = EXPRESSION
        if optional(hint) is not None:
            shape = _nullable(shape)
        default = _default(model, attribute)
        return {**self._words(name), **shape, **default}

    def _words(self, name: str) -> dict[str, Any]:
        words = self._texts.get(name) or self._texts.get("*." + name.partition(".")[2])
        if words is None:
            raise SystemExit(f"{TEXTS.name}: no words for {name}")
        self._used.add(name if name in self._texts else "*." + name.partition(".")[2])
        return {
            "title": words.title,
            "description": words.description,
            "x-zh": {"title": words.title_zh, "description": words.description_zh},
            "examples": [words.example],
        }

    def _shape(self, hint: Any) -> dict[str, Any]:
        inner = optional(hint)
        if inner is not None:
            return self._shape(inner)
        if hint == Text:
            self._defs["Text"] = _text()
            return {"$ref": "#/$defs/Text"}
        if isinstance(hint, type) and is_dataclass(hint):
            self._define(hint)
            return {"$ref": f"#/$defs/{hint.__name__}"}
        return self._plain(hint)

    def _plain(self, hint: Any) -> dict[str, Any]:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin is tuple:
            return {"type": "array", "items": self._shape(arguments[0]), "maxItems": 2000}
        if origin is not None:
            values = self._shape(arguments[1])
            if values.get("type") == "string":
                values = {**values, "maxLength": EXPRESSION}
            return {"type": "object", "additionalProperties": values or True, "maxProperties": 500}
        plain = {str: "string", bool: "boolean", int: "integer"}.get(hint)
        return {"type": plain} if plain else {}

    def _define(self, model: type) -> None:
        if model.__name__ not in self._defs:
            self._defs[model.__name__] = {}  # Stands while a model that holds itself is made.
            self._defs[model.__name__] = {**self._words(model.__name__), **self._model(model)}


def _is_required(model: type, attribute: str) -> bool:
    found = next(f for f in fields(model) if f.name == attribute)
    has_default = found.default is not MISSING or found.default_factory is not MISSING
    return not has_default and attribute not in OPTIONAL_AT_FIRST


def _default(model: type, attribute: str) -> dict[str, Any]:
    found = next(f for f in fields(model) if f.name == attribute)
    value = found.default_factory() if found.default_factory is not MISSING else found.default
    if value is MISSING or value is None:
        return {}
    return {"default": list(value) if isinstance(value, tuple) else value}


def _limits(model: type, attribute: str) -> dict[str, Any]:
    if attribute == "uid":
        return {"pattern": UID}
    if attribute == "key" and model.__name__ != "Step":
        return {"pattern": KEY}
    return dict(LIMITS.get(f"{model.__name__}.{attribute}", {}))


def _annotated(shape: dict[str, Any], meaning: Meaning) -> dict[str, Any]:
    """The shape with what a picker needs to know."""
    note: dict[str, Any] = {"x-reference": meaning.what}
    if meaning.of:
        note["x-of"] = meaning.of
    if meaning.keys:
        note["x-keys"] = meaning.keys
        note["x-keys-of"] = meaning.keys_of
    if meaning.what == "expression":
        note["x-expect"] = meaning.expect
    if meaning.star:
        note["x-star"] = True
    return {**shape, **note}


def _nullable(shape: dict[str, Any]) -> dict[str, Any]:
    if "enum" in shape:
        return {**shape, "type": [shape["type"], "null"], "enum": [*shape["enum"], None]}
    if isinstance(shape.get("type"), str):
        return {**shape, "type": [shape["type"], "null"]}
    return shape


def _text() -> dict[str, Any]:
    """Words: a string for every language, or one per language. Null means none."""
    return {
        "title": "Words",
        "description": "Words for people: a string that serves every language, or an object of language to words.",
        "x-zh": {"title": "文字", "description": "给人看的文字：一个字符串通用于所有语言，或按语言分别写。"},
        "examples": [{"zh-CN": "客户", "en": "Customer"}],
        "type": ["string", "object", "null"],
        "maxLength": WORDS,
        "propertyNames": {"pattern": "^[a-z]{2}(-[A-Z]{2})?$"},
        "additionalProperties": {"type": "string", "maxLength": WORDS},
    }


def _i18n() -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_.\\-]{0,140}$"},
        "additionalProperties": {"type": "string", "maxLength": WORDS},
    }


def make() -> dict[Path, str]:
    """Every schema file with its content."""
    texts, used = read_texts(), set[str]()
    made = {
        OUT / f"{kind.name}.json": json.dumps(Maker(texts, used).schema(kind), ensure_ascii=False, indent=1)
        + "\n"
        for kind in KINDS.values()
    }
    left = sorted(set(texts) - used)
    if left:
        raise SystemExit(f"{TEXTS.name}: words for nothing: {', '.join(left)}")
    return made


def main(arguments: list[str]) -> int:
    made = make()
    if "--check" in arguments:
        stale = [
            p.name for p, text in made.items() if not p.exists() or p.read_text(encoding="utf-8") != text
        ]
        print("out of date: " + ", ".join(stale) if stale else "schemas are up to date")
        return 1 if stale else 0
    OUT.mkdir(exist_ok=True)
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
