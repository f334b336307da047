"""Trees as JSON: what the browser walks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.expressions import compile_expression
from builder.expressions.to_json import to_json


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("None", None),
        ("True", True),
        ("-12.50", ["number", "-12.50"]),
        ("'客户'", ["text", "客户"]),
        ("customer.level", ["path", "customer.level"]),
        ("-a", ["negate", ["path", "a"]]),
        ("a - b - 1", ["-", ["-", ["path", "a"], ["path", "b"]], ["number", "1"]]),
        ("not a and b or c", ["or", ["and", ["not", ["path", "a"]], ["path", "b"]], ["path", "c"]]),
        ("a < b <= 3", ["compare", ["path", "a"], "<", ["path", "b"], "<=", ["number", "3"]]),
        ("a not in ('x', 'y')", ["compare", ["path", "a"], "not in", ["list", ["text", "x"], ["text", "y"]]]),
        ("b if a else c", ["if", ["path", "a"], ["path", "b"], ["path", "c"]]),
        ("IF(a, b)", ["if", ["path", "a"], ["path", "b"], None]),
        (
            "IFS(a, 'x', b, 'y', 'z')",
            ["if", ["path", "a"], ["text", "x"], ["if", ["path", "b"], ["text", "y"], ["text", "z"]]],
        ),
        ("ROUND(a, 2)", ["call", "ROUND", ["path", "a"], ["number", "2"]]),
    ],
)
def test_the_tree_of_each_construct(source: str, tree: Any) -> None:
    found = to_json(compile_expression(source))
    assert found == tree
    assert json.loads(json.dumps(found)) == tree
