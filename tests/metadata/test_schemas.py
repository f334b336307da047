"""The shipped schemas: every property is documented in both languages, with an example that the schema itself accepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta

from builder.metadata.kinds import KINDS
from builder.metadata.schemas import schema
from tools import document_schemas, make_schemas

FILES = "schema files are made by tools/make_schemas.py"


def _documented(kind: str) -> Iterator[tuple[str, Any]]:
    """Every object that must carry words: the schema, its models, their properties."""
    whole = schema(kind)
    yield kind, whole
    models = {kind: whole, **whole.get("$defs", {})}
    for name, model in models.items():
        yield name, model
        for key, shape in model.get("properties", {}).items():
            yield f"{name}.{key}", shape


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_says_in_both_languages_what_it_is(kind: str) -> None:
    for name, shape in _documented(kind):
        words = [shape["title"], shape["description"], shape["x-zh"]["title"], shape["x-zh"]["description"]]
        assert all(w and w != "x" for w in words), name
        assert shape["title"].isascii(), name
        assert not shape["x-zh"]["title"].isascii(), name
        assert len(shape["description"]) > 10, name


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_one_that_the_schema_accepts(kind: str) -> None:
    definitions = schema(kind).get("$defs", {})
    for name, shape in _documented(kind):
        assert shape["examples"], name
        for example in shape["examples"]:
            errors = list(Draft202012Validator({**shape, "$defs": definitions}).iter_errors(example))
            assert not errors, (name, example, [e.message for e in errors])


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_closed(kind: str) -> None:
    assert meta.is_valid(dict(schema(kind)))
    for name, model in {kind: schema(kind), **schema(kind).get("$defs", {})}.items():
        if "properties" in model:
            assert model["additionalProperties"] is False, name


def test_the_files_are_what_the_model_and_the_words_make() -> None:
    for path, text in make_schemas.make().items():
        assert path.read_text(encoding="utf-8") == text, FILES


def test_the_reference_page_names_every_property_and_is_up_to_date() -> None:
    page = document_schemas.OUT.read_text(encoding="utf-8")
    assert page == document_schemas.page()
    for kind in KINDS:
        for name, model in {kind: schema(kind), **schema(kind).get("$defs", {})}.items():
            for key in model.get("properties", {}):
                assert f"| `{key}`" in page, (name, key)
