"""The sandbox of print templates: what it prints, and what it refuses."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.runtime.printing.figures import Figure
from builder.runtime.printing.sandbox import PrintEnvironment, problems_of, rendered
from builder.runtime.printing.values import View, Viewer, Word

ENVIRONMENT = PrintEnvironment(
    lambda value: "" if value is None else str(value) if isinstance(value, Word | View) else value
)


def printed(source: str, **values: Any) -> str:
    return rendered(source, values, ENVIRONMENT)


def test_values_are_escaped() -> None:
    assert printed("{{ name }}", name="<b>&") == "&lt;b&gt;&amp;"


def test_figures_print_grouped_and_stay_exact() -> None:
    total = Figure(Decimal("1234.5"), 2)
    assert printed("{{ total }} {{ total + 1 }} {{ total > 1000 }}", total=total) == "1,234.50 1235.5 True"


def test_quantities_print_without_empty_zeros() -> None:
    assert printed("{{ q }}", q=Figure(Decimal("12.0000"), 4, fluid=True)) == "12"
    assert printed("{{ q }}", q=Figure(Decimal("10.8000"), 4, fluid=True, least=2)) == "10.80"


def test_amounts_in_chinese_capitals() -> None:
    assert printed("{{ RMB_CAPITALS(total) }}", total=Figure(Decimal("325.04"), 2)) == "叁佰贰拾伍元零肆分"


def test_a_choice_prints_its_word_and_compares_by_its_key() -> None:
    assert printed("{{ s }}{% if s == 'draft' %}!{% endif %}", s=Word("draft", "草稿")) == "草稿!"


def test_fields_may_be_called_like_methods() -> None:
    record = View({"items": 3, "get": "x"}, "XS-1")
    assert printed("{{ record.items }}{{ record.get }} {{ record }}", record=record) == "3x XS-1"


def test_what_is_missing_prints_nothing() -> None:
    assert printed("[{{ record.nothing.at.all }}]", record=View({})) == "[]"


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "{{ x|safe }}",
        "{{ x|attr('__class__') }}",
        "{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}",
        "{% macro m() %}{% for a in r %}{% for b in r %}.{% endfor %}{% endfor %}{% endmacro %}{{ m() }}",
        "{% for a in r recursive %}{{ loop(a) }}{% endfor %}",
        "{{ ",
    ],
)
def test_templates_are_refused_before_they_run(source: str) -> None:
    assert problems_of(source, ENVIRONMENT)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__()[0]('x') }}",
        "{{ range(100000)|list }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ '%s' % x }}",
        "{{ record.__init__.__globals__.x() }}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_reaches_or_grows_too_far_fails_or_prints_nothing(source: str) -> None:
    found = ""
    with contextlib.suppress(InvalidError):
        found = printed(source, record=View({}), x=1)
    assert len(found) < 100


def test_what_a_template_works_out_is_grouped_as_other_figures() -> None:
    viewer = object.__new__(Viewer)
    made = PrintEnvironment(viewer.finalize)
    total = Figure(Decimal("1234.50"), 2)
    assert rendered("{{ ROUND(total + total, 2) }}", {"total": total}, made) == "2,469.00"
