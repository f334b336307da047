"""Expectations: the form of what a step of a scenario expects, and whether it names what is there. Pure.

The static check and the runner ask here alike: what is malformed is told with its place, before anything is compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.errors import Problem
from builder.metadata.package import Package

MALFORMED, UNKNOWN = "E214", "E215"
Form = Callable[[Any, str], Iterator[Problem]]


def misshapen(expect: Any, path: str) -> Iterator[Problem]:
    """What is not as an expectation is written, each with its place below ``path``."""
    yield from _object(FORMS)(expect, path)


def unknown_names(package: Package, expect: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """What a well-formed expectation names and the package does not have; names that other checks find are told by them."""
    reports = [part["report"] for part in expect.get("reports", ())]
    for index, key in enumerate(reports):
        if package.report(key) is None:
            yield Problem(UNKNOWN, f"{path}/reports/{index}/report", {"name": key})
    checks = {check.key for check in package.health}
    yield from _strangers(expect.get("health", {}), checks, f"{path}/health")
    messages = expect.get("messages")
    if isinstance(messages, Mapping):
        yield from _strangers(messages, {role.key for role in package.roles}, f"{path}/messages")


def unknown_models(package: Package, expect: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Entities and parts of ledgers that a well-formed expectation names and the package does not have. Of a package that is published
    the check of references tells them; a folder may be run before."""
    yield from _strangers(expect.get("created", {}), {e.key for e in package.entities}, f"{path}/created")
    for index, part in enumerate(expect.get("balances", ())):
        at, ledger = f"{path}/balances/{index}", package.ledger(part["ledger"])
        if ledger is None:
            yield Problem(UNKNOWN, f"{at}/ledger", {"name": part["ledger"]})
            continue
        yield from _strangers(part["dimensions"], {d.key for d in ledger.dimensions}, f"{at}/dimensions")
        yield from _strangers(part["measures"], {m.key for m in ledger.measures}, f"{at}/measures")


def _strangers(said: Mapping[str, Any], known: set[str], path: str) -> Iterator[Problem]:
    for key in said:
        if key not in known:
            yield Problem(UNKNOWN, f"{path}/{key}", {"name": key})


# Forms


def _wrong(form: str) -> Callable[[str], Iterator[Problem]]:
    def told(path: str) -> Iterator[Problem]:
        yield Problem(MALFORMED, path, {"form": form})

    return told


def _text(said: Any, path: str) -> Iterator[Problem]:
    if not isinstance(said, str):
        yield from _wrong('"…"')(path)


def _any(said: Any, path: str) -> Iterator[Problem]:
    yield from ()


def _count(said: Any, path: str) -> Iterator[Problem]:
    if isinstance(said, bool) or not isinstance(said, int):
        yield from _wrong("1")(path)


def _number(said: Any, path: str) -> Iterator[Problem]:
    try:
        is_number = not isinstance(said, bool) and Decimal(str(said)).is_finite()
    except InvalidOperation:
        is_number = False
    if not is_number:
        yield from _wrong('"1.00"')(path)


def _day(said: Any, path: str) -> Iterator[Problem]:
    """A day, or days before or after the step's own (``-3d``)."""
    text = str(said)
    try:
        is_day = text[:1] in "+-" or bool(date.fromisoformat(text))
    except ValueError:
        is_day = False
    if not isinstance(said, str) or not text or not is_day:
        yield from _wrong('"2026-01-31", "-3d"')(path)


def _map(of: Form) -> Form:
    def form(said: Any, path: str) -> Iterator[Problem]:
        if not isinstance(said, Mapping):
            yield from _wrong('"…": …')(path)
            return
        for key, value in said.items():
            yield from of(value, f"{path}/{key}")

    return form


def _list(of: Form) -> Form:
    def form(said: Any, path: str) -> Iterator[Problem]:
        if not isinstance(said, list | tuple):
            yield from _wrong("[…]")(path)
            return
        for index, value in enumerate(said):
            yield from of(value, f"{path}/{index}")

    return form


def _either(one: Form, other: Form) -> Form:
    """Objects are read as ``other``, everything else as ``one``."""
    return lambda said, path: (other if isinstance(said, Mapping) else one)(said, path)


def _object(forms: Mapping[str, Form], needs: tuple[str, ...] = ()) -> Form:
    def form(said: Any, path: str) -> Iterator[Problem]:
        if not isinstance(said, Mapping):
            yield from _wrong('"…": …')(path)
            return
        for key in needs:
            if key not in said:
                yield from _wrong(f'"{key}": …')(path)
        for key, value in said.items():
            if key in forms:
                yield from forms[key](value, f"{path}/{key}")
            else:
                yield from _wrong(", ".join(forms))(f"{path}/{key}")

    return form


_BALANCE = _object(
    {"ledger": _text, "dimensions": _map(_any), "measures": _map(_number), "as_of": _day},
    ("ledger", "dimensions", "measures"),
)
_REPORT = _object(
    {"report": _text, "parameters": _map(_any), "rows": _list(_map(_any)), "count": _count}, ("report",)
)
FORMS: Mapping[str, Form] = {
    "error": _text,
    "problems": _list(_object({"code": _text, "params": _map(_any)})),
    "state": _text,
    "states": _map(_text),
    "values": _map(_any),
    "balances": _list(_BALANCE),
    "tasks": _count,
    "created": _map(_count),
    "messages": _either(_count, _map(_count)),
    "health": _map(_count),
    "reports": _list(_REPORT),
}
