"""Print templates that would fill memory or a processor: refused before they are compiled, or stopped at once."""

from __future__ import annotations

import pytest

from builder.errors import InvalidError
from builder.runtime.printing.sandbox import PrintEnvironment, rendered

DOUBLED = 26
BOMBS = {
    "folded when compiled": "{{ 'a'|center(900000000) }}",
    "a text's own method": "{{ 'a'.ljust(900000000) }}",
    "a format": "{{ '{:>900000000}'.format(1) }}",
    "joined": "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a ~ a %}" * DOUBLED + "{{ a }}",
    "added": "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a + a %}" * DOUBLED + "{{ a }}",
    "kept blocks": "{% set a %}aaaaaaaaaa{% endset %}"
    + "{% set a %}{{ a }}{{ a }}{% endset %}" * DOUBLED
    + "{{ a }}",
    "macros": "{% macro m(a) %}{{ a }}{{ a }}{% endmacro %}{{ "
    + "m(" * DOUBLED
    + "'aaaaaaaaaa'"
    + ")" * DOUBLED
    + " }}",
    "lists of lists": "{% set a = [1] %}" + "{% set a = [a, a] %}" * DOUBLED + "{{ a }}",
    "an indent": "{{ ('a\nb')|indent(900000000) }}",
    "a batch": "{{ [1]|batch(90000000, 'x')|list }}",
    "numbers squared": "{% set a = 9 %}" + "{% set a = a * a %}" * DOUBLED + "{{ a }}",
    "brackets": "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
    "calls": "{% for i in range(500) %}{% for j in range(500) %}{{ i|abs }}{% endfor %}{% endfor %}",
    "lists added": "{% for i in range(500)|list + range(500)|list %}x{% endfor %}",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_does_not_go_off(source: str) -> None:
    with pytest.raises(InvalidError):
        rendered(source, {}, PrintEnvironment(lambda value: value))


def test_what_papers_need_still_works() -> None:
    source = "{% set n = 2 %}{% for k, v in x.items() %}{{ k ~ ':' ~ (v + n) }} {% endfor %}{{ 'a' + 'b' }}{{ y|default('-') }}"
    assert rendered(source, {"x": {"a": 1}}, PrintEnvironment(lambda value: value)) == "a:3 ab-"
