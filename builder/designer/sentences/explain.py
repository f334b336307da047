"""Explain: an expression in plain words, with the labels of what it names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.designer.words import Words
from builder.expressions.errors import ExpressionError
from builder.expressions.parse import parse
from builder.expressions.tree import (
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    ListOf,
    Logic,
    Negate,
    Node,
    Not,
    Path,
)
from builder.metadata.entity import Field
from builder.metadata.frames import Frame
from builder.metadata.package import Package
from builder.metadata.paths import SYSTEM_LABELS
from builder.metadata.scopes import ACTOR
from builder.metadata.settings import option_names
from builder.web.locale import fill

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,4})\}")
SIGNS = {"+": "＋", "-": "－", "*": "×", "/": "÷"}
LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True)
class Explainer:
    """Words for expressions in one surrounding."""

    package: Package
    frame: Frame
    words: Words

    def explain(self, source: str | None) -> str:
        """``source`` in words; what cannot be read stays as it is written."""
        if not source:
            return ""
        try:
            return self._say(parse(source).root)
        except ExpressionError:
            return source

    def path(self, path: str) -> str:
        """What a name with dots is called."""
        head, _, rest = path.partition(".")
        if head == "setting" and rest:
            return self._setting(rest)
        if head == "old" and rest:
            return self.words("d.was", what=self.path(rest))
        if head == "actor" and rest in ACTOR:
            return self.words(f"d.acting.{rest}")
        if head == "outer" and rest and self.frame.outer is not None:
            return self._outer(rest)
        if head == "payload" and rest and self.frame.has_payload:
            return self.words("d.from_message", what=rest.replace(".", " › "))
        labels: list[str] = []
        entity = self.frame.self_
        for part in path.split("."):
            label, entity = self._step(entity, part, first=not labels)
            labels.append(label)
        return self.words("d.of").join(labels)

    def _outer(self, path: str) -> str:
        outer = self.frame.outer
        assert outer is not None
        model = self.package.entity(outer.self_)
        what = Explainer(self.package, outer, self.words).path(path)
        return self.words("d.of").join((self.words.text(model.label, model.key), what)) if model else what

    def _setting(self, key: str) -> str:
        found = self.package.setting(key)
        label = self.words.text(found.label, key) if found else key
        return self.words("d.the_setting", label=label)

    def _step(self, entity: str, part: str, *, first: bool) -> tuple[str, str]:
        ledger = self.package.ledger(self.frame.ledger)
        if first and ledger is not None:
            dimension, measure = ledger.dimension(part), ledger.measure(part)
            if dimension is not None:
                return self.words.text(dimension.label, part), dimension.entity or ""
            if measure is not None:
                return self.words.text(measure.label, part), ""
        model = self.package.entity(entity)
        field = model.field(part) if model else None
        if field is not None:
            return self.words.text(field.label, part), field.entity or ""
        if part == "parent" and model is not None:
            parent = self.package.entity(model.parent or "")
            return (self.words.text(parent.label, part) if parent else part), model.parent or ""
        return self.words.text(SYSTEM_LABELS.get(part), part), ""

    def filled(self, text: str) -> str:
        """Words with their ``{field}`` places shown by the fields' labels."""
        return PLACE.sub(lambda found: self.words("d.place", label=self.path(found[1])), text)

    def field_at(self, path: str) -> tuple[str, Field | None]:
        """The entity and field at the end of a path."""
        entity, field = self.frame.self_, None
        owner = entity
        ledger = self.package.ledger(self.frame.ledger)
        for part in path.removeprefix("old.").split("."):
            dimension = ledger.dimension(part) if ledger and field is None else None
            if dimension is not None:
                owner, entity = entity, dimension.entity or ""
                continue
            model = self.package.entity(entity)
            owner, field = entity, model.field(part) if model else None
            above = model.parent if model is not None and field is None and part == "parent" else None
            entity = above or (field.entity if field is not None else None) or ""
        return owner, field

    def constant(self, path: str, value: Any) -> str:
        """A constant that is compared with ``path``: states and options by their label, also those of settings."""
        if path.startswith("setting."):
            return self._set_to(path.removeprefix("setting."), value)
        owner, field = self.field_at(path)
        if path.rpartition(".")[2] == "state" and field is None:
            workflow = self.package.workflow_of(owner)
            state = workflow.state(str(value)) if workflow else None
            return self.quoted(self.words.text(state.label, str(value)) if state else str(value))
        if field is not None:
            option = next((o for o in field.options if o.key == value), None)
            if option is not None:
                return self.quoted(self.words.text(option.label, option.key))
        return self._constant(value)

    def _set_to(self, key: str, value: Any) -> str:
        found = self.package.setting(key)
        names = option_names(found.options, self.words.text(found.help)) if found is not None else {}
        known = names.get(str(value))
        return self.quoted(known) if known is not None else self._constant(value)

    def quoted(self, text: str) -> str:
        return self.words("d.quoted", text=text)

    def _constant(self, value: Any) -> str:
        if value is None:
            return self.words("d.nothing")
        if isinstance(value, bool):
            return self.words("el.yes" if value else "el.no")
        if isinstance(value, Decimal):
            return grouped(value)
        return self.quoted(str(value))

    def _say(self, node: Node) -> str:
        return SAY[type(node)](self, node)

    def _compare(self, node: Compare) -> str:
        left, parts = node.first, []
        for op, right in zip(node.ops, node.rest, strict=True):
            parts.append(self._pair(left, op, right))
            left = right
        return self.words("d.and").join(parts)

    def _pair(self, left: Node, op: str, right: Node) -> str:
        what = self._say(left)
        if isinstance(right, Constant) and right.value is None:
            return self.words("d.op.empty" if op == "==" else "d.op.filled", what=what)
        return self.words(f"d.op.{op}", what=what, value=self._value(left, right))

    def _value(self, left: Node, right: Node) -> str:
        path = left.path if isinstance(left, Path) else ""
        if isinstance(right, ListOf):
            return self.words("d.or_list").join(self._value(left, item) for item in right.items)
        if isinstance(right, Constant) and path:
            return self.constant(path, right.value)
        return self._say(right)

    def _logic(self, node: Logic) -> str:
        joined = self.words("d.and" if node.op == "and" else "d.or")
        return joined.join(self._whole(part, node) for part in node.parts)

    def _whole(self, node: Node, around: Node | None) -> str:
        """A part of a condition; a bare truth value reads as one, and an *or* within an *and* is bracketed."""
        if isinstance(node, Path):
            return self.words("d.op.is_true", what=self.path(node.path))
        said = self._say(node)
        return f"({said})" if isinstance(node, Logic) and isinstance(around, Logic) else said

    def _not(self, node: Not) -> str:
        if isinstance(node.operand, Path):
            return self.words("d.op.is_false", what=self.path(node.operand.path))
        return self.words("d.not", what=self._say(node.operand))

    def _call(self, node: Call) -> str:
        said = [self._say(a) for a in node.arguments]
        if (
            node.function in {"DATEDIFF", "DATEADD"}
            and len(said) == 3
            and isinstance(node.arguments[2], Constant)
        ):
            unit = str(node.arguments[2].value)
            return self.words(
                f"d.f.{node.function}", a=said[0], b=said[1], unit=self.words.value("unit", unit)
            )
        known = self.words.find(f"d.f.{node.function}.{len(said)}", f"d.f.{node.function}")
        if known is None:
            return f"{node.function}({self.words('d.list').join(said)})"
        return fill(known, dict(zip("abcdef", said, strict=False)))

    def _arithmetic(self, node: Arithmetic) -> str:
        left, right = self._side(node.left, node.op), self._side(node.right, node.op, right=True)
        return f"{left} {SIGNS[node.op]} {right}"

    def _side(self, node: Node, op: str, *, right: bool = False) -> str:
        said = self._say(node)
        if not isinstance(node, Arithmetic):
            return said
        lower = LEVEL[node.op] < LEVEL[op] or (right and LEVEL[node.op] == LEVEL[op])
        return f"({said})" if lower else said

    def _choose(self, node: Choose) -> str:
        return self.words(
            "d.f.IF", a=self._say(node.condition), b=self._say(node.then), c=self._say(node.otherwise)
        )


SAY: dict[type, Callable[[Explainer, Any], str]] = {
    Constant: lambda e, n: e._constant(n.value),
    Path: lambda e, n: e.path(n.path),
    Negate: lambda e, n: f"－{e._say(n.operand)}",
    Not: Explainer._not,
    Arithmetic: Explainer._arithmetic,
    Logic: Explainer._logic,
    Compare: Explainer._compare,
    Choose: Explainer._choose,
    ListOf: lambda e, n: e.words("d.or_list").join(e._say(i) for i in n.items),
    Call: Explainer._call,
}


def grouped(value: Decimal) -> str:
    """A number as people write it."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def condition_words(explainer: Explainer, source: str | None) -> str:
    """A condition in words; a bare truth value reads as one."""
    if not source:
        return ""
    try:
        root = parse(source).root
    except ExpressionError:
        return source
    return explainer._whole(root, None)
