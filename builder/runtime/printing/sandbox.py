"""Sandbox: the language of print templates: Jinja2 without files, imports, unescaped output, long loops or reach into Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from builder.errors import InvalidError, Problem
from builder.expressions import ExpressionError
from builder.expressions.functions import FUNCTIONS
from builder.runtime.printing.bounds import MOST_CALLS, Bounded, forbidden, joined, narrow, reckoned
from builder.runtime.printing.codes import CODES
from builder.runtime.printing.figures import exact

MOST_SOURCE = 200_000
MOST_OUTPUT = 5_000_000
MOST_RANGE = 500
DEEPEST_LOOP = 2
FILTERS = frozenset(
    [
        "abs",
        "batch",
        "capitalize",
        "count",
        "default",
        "d",
        "escape",
        "e",
        "first",
        "float",
        "groupby",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "select",
        "selectattr",
        "slice",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "truncate",
        "unique",
        "upper",
        "wordcount",
        "wordwrap",
        "center",
        "indent",
        "striptags",
    ]
)
TESTS = frozenset(
    [
        "defined",
        "undefined",
        "none",
        "number",
        "string",
        "sequence",
        "mapping",
        "iterable",
        "boolean",
        "even",
        "odd",
        "divisibleby",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "in",
        "equalto",
        "greaterthan",
        "lessthan",
        "sameas",
        "lower",
        "upper",
        "true",
        "false",
        "integer",
    ]
)
GROWING = frozenset({"+", "*", "**", "%"})


class PrintEnvironment(ImmutableSandboxedEnvironment):
    """Escapes everything; knows expression functions and few filters; refuses what grows without bound."""

    intercepted_binops = GROWING
    code_generator_class = Bounded
    joined = staticmethod(joined)

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """What macros and kept blocks come to: one that is kept again and again doubles."""
        return "".join(_limited(pieces))

    def __init__(self, finalize: Callable[[Any], Any]) -> None:
        super().__init__(
            autoescape=True,
            undefined=ChainableUndefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=0,
        )
        self._calls = 0
        self.filters = {name: narrow(f, self._count) for name, f in self.filters.items() if name in FILTERS}
        self.tests = {name: t for name, t in self.tests.items() if name in TESTS}
        self.globals = {"range": bounded_range, **functions(), **CODES}

    def _count(self) -> None:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise SecurityError("calls")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Only numbers are multiplied: a text times a million fills memory. Powers are not needed on paper."""
        return reckoned(operator, left, right)


def bounded_range(*args: int) -> range:
    made = range(*args)
    if len(made) > MOST_RANGE:
        raise SecurityError("range")
    return made


def functions() -> Mapping[str, Callable[..., Any]]:
    """The functions of expressions that need no surroundings, by their names; one that fails prints nothing."""
    found = {f.name: _quiet(f.call) for f in FUNCTIONS if not f.environment}
    if "RMB" in found:
        found["RMB_CAPITALS"] = found["RMB"]
    return found


def _quiet(call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        try:
            return call(*(_plain(a) for a in arguments))
        except (ExpressionError, TypeError, ValueError, ArithmeticError, AttributeError):
            return None

    return run


def _plain(value: Any) -> Any:
    """Figures as the exact numbers that they are; what is not there as nothing."""
    if isinstance(value, ChainableUndefined):
        return None
    if isinstance(value, Decimal) and type(value) is not Decimal:
        return exact(value)
    return value


def problems_of(source: str, environment: PrintEnvironment) -> tuple[Problem, ...]:
    """What is wrong with a template before it meets a record: its syntax, and what the sandbox does not have."""
    if len(source) > MOST_SOURCE:
        return (Problem("PRINT_TOO_LONG", "/template", {"most": MOST_SOURCE}),)
    try:
        tree = environment.parse(source)
        lines = sorted(set(forbidden(tree)))
        # Compiling works out what is constant already: what is forbidden must not get there.
        if not lines:
            environment.compile(tree)
    except RecursionError:
        return (Problem("PRINT_SYNTAX", "/template", {"line": 0, "reason": "depth"}),)
    except TemplateSyntaxError as error:
        return (Problem("PRINT_SYNTAX", "/template", {"line": error.lineno, "reason": error.message or ""}),)
    except TemplateError as error:
        return (Problem("PRINT_SYNTAX", "/template", {"line": 0, "reason": str(error)}),)
    found = [Problem("PRINT_FORBIDDEN", "/template", {"line": line}) for line in lines]
    if _loops(tree) > DEEPEST_LOOP:
        found.append(Problem("PRINT_LOOPS", "/template", {"most": DEEPEST_LOOP}))
    return tuple(found)


def _loops(node: nodes.Node) -> int:
    """How deep loops stand within each other. A macro's loops count wherever it stands, because it may be called in one."""
    below = max((_loops(child) for child in node.iter_child_nodes()), default=0)
    macros = 1 if isinstance(node, nodes.Macro | nodes.CallBlock) and below else 0
    return below + (1 if isinstance(node, nodes.For) else 0) + macros


def rendered(source: str, values: Mapping[str, Any], environment: PrintEnvironment) -> str:
    """The template over ``values``. ``InvalidError`` where it is refused, fails or grows beyond five million characters."""
    problems = problems_of(source, environment)
    if problems:
        raise InvalidError("PRINT_INVALID", problems=problems)
    try:
        return "".join(_limited(environment.from_string(source).generate(dict(values))))
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        reason = type(error).__name__
        raise InvalidError(
            "PRINT_FAILED", problems=[Problem("PRINT_FAILED", "/template", {"reason": reason})]
        ) from error


def _limited(pieces: Iterable[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_OUTPUT:
            raise SecurityError("output")
        yield piece
