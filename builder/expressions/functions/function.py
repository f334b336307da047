"""Function: one function of the expression language, with everything that is said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from builder.expressions.errors import ExpressionError
from builder.expressions.tokens import MAX_TEXT
from builder.expressions.types import ANY, Type, accepts
from builder.registry import Registry


@dataclass(frozen=True, slots=True)
class Parameter:
    """``types`` are the alternatives a value may have. ``many`` takes this and all further arguments (the last ``repeat``
    parameters in turn); ``optional`` may be left out. ``lines``: a column of lines is meant (``lines.amount``)."""

    name: str
    types: tuple[Type, ...] = (ANY,)
    optional: bool = False
    many: bool = False

    def takes(self, given: Type) -> bool:
        return any(accepts(wanted, given) for wanted in self.types)

    @property
    def expected(self) -> str:
        return " | ".join(str(one) for one in self.types)


@dataclass(frozen=True, slots=True)
class Function:
    """``call`` gets plain values (with the environment first where ``environment`` is set). ``result`` is a type, or says it from the
    arguments' types. ``examples`` are pairs of an expression without names and its value as text; each is a test."""

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    result: Type | Callable[[tuple[Type, ...]], Type]
    call: Callable[..., Any]
    label: Mapping[str, str]
    help: Mapping[str, str]
    examples: tuple[tuple[str, str], ...]
    environment: bool = False
    volatile: bool = False

    @property
    def least(self) -> int:
        return sum(1 for p in self.parameters if not p.optional)

    @property
    def most(self) -> int | None:
        """How many arguments at most; None: any number."""
        return None if any(p.many for p in self.parameters) else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """The parameter that the argument at ``index`` belongs to."""
        if index < len(self.parameters):
            return self.parameters[index]
        repeated = [p for p in self.parameters if p.many]
        return repeated[(index - len(self.parameters)) % len(repeated)]

    def result_of(self, types: tuple[Type, ...]) -> Type:
        return self.result if isinstance(self.result, Type) else self.result(types)

    @property
    def signature(self) -> str:
        parts = []
        for p in self.parameters:
            text = p.name + (", …" if p.many else "")
            parts.append(f"[{text}]" if p.optional else text)
        return f"{self.name}({', '.join(parts)})"


FUNCTIONS: Registry[Function] = Registry("function")


def add(
    name: str,
    group: str,
    parameters: tuple[Parameter, ...],
    result: Type | Callable[[tuple[Type, ...]], Type],
    call: Callable[..., Any],
    *,
    zh: tuple[str, str],
    en: tuple[str, str],
    examples: tuple[tuple[str, str], ...],
    nothing: bool = False,
    environment: bool = False,
    volatile: bool = False,
) -> None:
    """Register a function. Where ``nothing`` is not set, an argument that is None makes the result None; ``zh`` and ``en`` are
    label and help."""
    FUNCTIONS.register(
        name,
        Function(
            name,
            group,
            parameters,
            result,
            call if nothing else strict(call),
            {"zh-CN": zh[0], "en": en[0]},
            {"zh-CN": zh[1], "en": en[1]},
            examples,
            environment,
            volatile,
        ),
    )


def strict(call: Callable[..., Any]) -> Callable[..., Any]:
    """``call``, or nothing where an argument is nothing. (An environment that is absent comes first and may be None.)"""
    if getattr(call, "asks", False):

        @wraps(call)
        def asking(env: Any, *arguments: Any) -> Any:
            for argument in arguments:
                if argument is None:
                    return None
            return call(env, *arguments)

        return asking

    @wraps(call)
    def plain(*arguments: Any) -> Any:
        for argument in arguments:
            if argument is None:
                return None
        return call(*arguments)

    return plain


def asks(call: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a function whose first argument is the environment."""
    call.asks = True  # type: ignore[attr-defined]
    return call


def failed(reason: str, **params: Any) -> ExpressionError:
    return ExpressionError("EXPRESSION_FAILED", reason=reason, **params)


def bounded(text: str) -> str:
    """The text, refused where it is beyond the budget."""
    if len(text) > MAX_TEXT:
        raise failed("text", limit=MAX_TEXT)
    return text


def whole(value: Any, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise failed("whole", low=low, high=high) from None
    if number != value or not low <= number <= high or value.__class__ is bool:
        raise failed("whole", low=low, high=high)
    return number
