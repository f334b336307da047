"""What the interpreter in the browser (``js/model/expression.js``) knows, and how values travel to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.expression import Expression
from builder.expressions.tree import Call, walk

# BALANCE asks the ledgers, which are not on the page; functions of plug-ins are not there either.
KNOWN = frozenset(
    """
    ABS ALL ALLOCATE AND ANY AVERAGE AVERAGEIF AVERAGEWEIGHTED BETWEEN BILLDATE CAPITALNUMBER CEILING CHINESENUMBER CHOOSE COALESCE
    CONCAT CONTAINS COUNT COUNTIF COUNTUNIQUE DATE DATEADD DATEDIFF DATEOF DATETIME DATEVALUE DAY DAYSINMONTH DIGITS DISCOUNT
    DIVIDE ENDSWITH EOMONTH EXACTLYONE FIND FIRST FLOOR GROSS_OF_NET HALFWIDTH HASDUPLICATES HOUR IF IFBLANK IFS INCLUDES INDEX INUNITS
    INT ISBLANK ISNUMBER JOIN LAST LEFT LEN LIMIT LOOKUP LOWER MARGIN MASK MATCH MAX MEDIAN MID MIN MINUTE MOD MONTH NETWORKDAYS
    NET_OF_GROSS NOT NOW NULLIF OR PADLEFT PADRIGHT PERCENT PERIODEND PERIODSTART POWER QUARTER QUOTIENT REPT RIGHT RMB ROUND
    ROUNDDOWN ROUNDUP SIGN SORT SPLIT SQRT STARTSWITH SUBSTITUTE SUM SUMIF SUMPRODUCT SWITCH TAX_OF_GROSS TAX_OF_NET TEXT TIMEOF
    TODAY TRIM UNIQUE UPPER USER VALUE WEEKDAY WEEKNUM WORKDAY YEAR
    """.split()  # noqa: SIM905 - words in lines read better than one a line
)


def unknown_functions(expression: Expression) -> frozenset[str]:
    """The functions of the expression that the browser cannot call; empty where it can work the expression out."""
    called = {node.function for node in walk(expression.tree.root) if isinstance(node, Call)}
    return frozenset(called - KNOWN)


def value_json(value: Any, show: Callable[[int], str] = str) -> Any:
    """A value as the interpreter reads it: ``{"n": "12.50"}`` a number, ``{"d": …}`` a day, ``{"i": …}`` an instant, ``{"c": …}`` a time of
    day, so that none is ever taken for text. An ``int`` is the id of a record: the text that ``show`` makes of it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return {"n": f"{value:f}"}
    if isinstance(value, int):
        return show(value)
    if isinstance(value, datetime):
        return {"i": value.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return {"c": value.isoformat()}
    if isinstance(value, (list, tuple)):
        return [value_json(one, show) for one in value]
    raise TypeError(f"no value of an expression: {type(value).__name__}")
