"""Expressions: each one compiles, has the type that its place needs, and no formula needs itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.checks.words import type_words
from builder.metadata.schemas import hint

CODES: Mapping[str, str] = {
    "EXPRESSION_SYNTAX": "E112",
    "EXPRESSION_FORBIDDEN": "E113",
    "EXPRESSION_BUDGET": "E114",
    "EXPRESSION_NAME": "E115",
    "EXPRESSION_FUNCTION": "E116",
    "EXPRESSION_ARGUMENTS": "E117",
    "EXPRESSION_TYPE": "E118",
    "EXPRESSION_BALANCE": "E119",
}


def find(facts: Facts) -> Iterable[Problem]:
    for site in facts.compiled.sites.values():
        try:
            facts.compiled.expression(site.owner, site.property)
        except ExpressionError as error:
            yield said(error, site.path, str(site.name))
    yield from facts.compiled.circles()


def said(error: ExpressionError, path: str, source: str) -> Problem:
    """The error of an expression as a problem of the place where it stands."""
    params = {name: type_words(value) for name, value in error.params.items()}
    if "nearest" in params:
        params["hint"] = hint(str(params["nearest"]))
    return Problem(CODES.get(error.code, "E110"), path, {"source": source, **params})


CHECK = Check("expressions", ("E110", "E111", *CODES.values()), find)
