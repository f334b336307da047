"""Writes docs/reference/expressions.md from the registry of functions. ``--check`` fails where the file is not up to date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from builder.expressions.functions import FUNCTIONS, Function
from builder.expressions.parse import MAX_ARGUMENTS, MAX_DEPTH, MAX_HOPS, MAX_NODES
from builder.expressions.tokens import MAX_NUMBER, MAX_SOURCE, MAX_TEXT

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "expressions.md"

GROUPS = {
    "choices": "Choices and conditions",
    "numbers": "Numbers",
    "money": "Money",
    "totals": "Totals of lines",
    "lists": "Lists",
    "texts": "Texts",
    "dates": "Dates",
    "periods": "Parts and periods of dates",
    "numerals": "Chinese numerals",
    "world": "The moment, the person, the ledgers",
}

INTRODUCTION = f"""# Expressions

One small language for formulas, defaults, conditions, validations, rules, row scopes, posting and conversion mappings and
report columns. It looks like a spreadsheet formula: `ROUND(quantity * price, 2)`, `state == 'approved' and total > 1000`,
`SUM(lines.amount)`.

This page is made from the functions themselves by `tools/document_functions.py`; every example on it is a test.

## Values and names

| What | How it is written |
| --- | --- |
| number | `12`, `0.5`; always a decimal, never a binary fraction |
| text | `'paid'` or `"paid"` |
| truth | `True`, `False` |
| nothing | `None`: an empty field |
| list | `['draft', 'approved']` |
| field | `quantity`, `business_date` |
| field of a referenced record | `customer.level`, up to {MAX_HOPS} references deep |
| column of lines | `lines.amount`: a list |
| header of a line | `parent.business_date` |
| setting of the app | `setting.allow_back_date_days` |
| person who acts | `actor.id`, `actor.org_unit`, `actor.name`, `actor.is_owner` (whether they hold the design right of the app, as its owner does) |

## Operators

| Operator | Meaning |
| --- | --- |
| `+` `-` `*` `/` | arithmetic on numbers; dates move with `DATEADD` |
| `==` `!=` `<` `<=` `>` `>=` | comparison; `0 < quantity <= 10` compares every pair of neighbours |
| `in` `not in` | whether a value is in a list |
| `and` `or` `not` | conditions |
| `a if condition else b` | a choice, the same as `IF(condition, a, b)` |

## Rules

- Sums, differences and products are exact. A quotient has 12 digits after the point, rounded half up. A value that is put into
  a field is rounded half up to the scale of the field.
- Arithmetic with nothing is nothing: `None + 1` is empty. `IFBLANK(discount, 0)` gives a number. A comparison with nothing is
  false, only `== None` and `!= None` ask for it.
- Only what is chosen is worked out: `total / count if count else 0` never divides by zero.
- An expression has at most {MAX_SOURCE:,} characters, {MAX_NODES} parts, {MAX_DEPTH} levels and {MAX_ARGUMENTS} arguments of a function;
  a number at most {MAX_NUMBER} digits, a text {MAX_TEXT:,} characters.

## Functions

There are {{count}}. Square brackets mark what may be left out, three dots what may be repeated. A function of nothing is nothing
unless its text says otherwise. In the examples today is Sunday, 15 March 2026, and it is 08:30.
"""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def row(function: Function) -> str:
    examples = "<br>".join(f"`{cell(source)}` → {shown(value)}" for source, value in function.examples)
    return f"| `{cell(function.signature)}` | {cell(function.help['en'])} | {examples} |"


def shown(value: str) -> str:
    if value == "":
        return "an empty text"
    return "nothing" if value == "None" else f"`{cell(value)}`"


def page() -> Iterator[str]:
    yield INTRODUCTION.format(count=len(FUNCTIONS.names()))
    strange = {function.group for function in FUNCTIONS} - set(GROUPS)
    if strange:
        raise SystemExit(f"groups without a title: {', '.join(sorted(strange))}")
    for group, title in GROUPS.items():
        yield f"### {title}\n\n| Function | Result | Examples |\n| --- | --- | --- |"
        yield from (row(function) for function in FUNCTIONS if function.group == group)
        yield ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where the file differs")
    wanted = "\n".join(page()).rstrip() + "\n"
    if parser.parse_args().check:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != wanted:
            print(f"{TARGET.name} is not up to date: run python tools/document_functions.py")
            return 1
        return 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
