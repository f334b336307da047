"""Figures in a form: as people write them, not as they are kept."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string

from builder.web.formats import trimmed
from tests.web.demo import create_app

ABSENT = ("required", "readOnly", "help", "unit", "placeholder")
DRAWN = '{% from "_fields.html" import numeric with context %}{{ numeric(f, value) }}'


@pytest.fixture(scope="module")
def pages() -> Flask:
    return create_app()


@pytest.mark.parametrize(
    ("type", "scale", "kept", "shown"),
    [
        ("quantity", None, "495.0000", "495"),
        ("quantity", None, "0.1980", "0.198"),
        ("percent", 2, "12.50", "12.5"),
        ("decimal", 4, "0.3500", "0.35"),
        ("decimal", 4, "0.3525", "0.3525"),
        ("decimal", 2, "0.00", "0.00"),
        ("money", 2, "10.00", "10.00"),
        ("integer", 0, "10", "10"),
    ],
)
def test_a_figure_keeps_no_zeros_that_say_nothing(
    pages: Flask, type: str, scale: int | None, kept: str, shown: str
) -> None:
    f = {"key": "n", "type": type, "scale": scale, "label": "n"} | dict.fromkeys(ABSENT)
    with pages.test_request_context("/form"):
        pages.preprocess_request()
        drawn = render_template_string(DRAWN, f=f, value=kept)
    found = re.search(r'value="([^"]*)"', drawn)
    assert found is not None
    assert found.group(1) == shown


@pytest.mark.parametrize(
    ("text", "least", "shown"),
    [("1,200.00", 0, "1,200"), ("-0.50", 0, "-0.5"), ("0.5", 2, "0.5"), ("0.000", 2, "0.00"), ("100", 0, "100"), ("", 2, "")],
)  # fmt: skip
def test_places_that_say_something_stay(text: str, least: int, shown: str) -> None:
    assert trimmed(text, least) == shown
