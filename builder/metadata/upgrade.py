"""Upgrade: nodes of an older package format become nodes of today's, step by step. Pure.

``STEPS[n]`` turns format ``n`` into ``n + 1``. A step works on plain JSON, never on models: models change, steps stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from builder.errors import Problem
from builder.metadata.kinds import NodeName, Nodes, place
from builder.metadata.package import FORMAT

Step = Callable[[Nodes], Nodes]
APP: NodeName = ("app", "app")


def _checks_become_health(nodes: Nodes) -> Nodes:
    """Format 0 named data checks ``checks`` inside the app and wrote a transition's ``from`` as one state."""
    result: dict[NodeName, Mapping[str, Any]] = {}
    for name, body in nodes.items():
        if name == APP:
            body = dict(body)
            for check in body.pop("checks", ()):
                result[("health", str(check.get("key")))] = check
        elif name[0] == "workflow":
            body = {**body, "transitions": [_with_list(t) for t in body.get("transitions", ())]}
        result[name] = body
    return result


def _with_list(transition: Mapping[str, Any]) -> Mapping[str, Any]:
    origin = transition.get("from")
    return {**transition, "from": [origin]} if isinstance(origin, str) else transition


def _without_retired(nodes: Nodes) -> Nodes:
    """``gapless`` of a number series was never read, and packages of any age may have it: numbers are counted within the transaction."""
    return {
        name: {**b, "fields": _plain(b["fields"])} if _has_retired(name, b) else b
        for name, b in nodes.items()
    }


def _has_retired(name: NodeName, body: Mapping[str, Any]) -> bool:
    fields = body.get("fields") if name[0] == "entity" else None
    return isinstance(fields, list) and any("gapless" in _series(f) for f in fields)


def _plain(fields: list[Any]) -> list[Any]:
    return [
        {**f, "series": {k: v for k, v in _series(f).items() if k != "gapless"}}
        if "gapless" in _series(f)
        else f
        for f in fields
    ]


def _series(field: Any) -> Mapping[str, Any]:
    found = field.get("series") if isinstance(field, Mapping) else None
    return found if isinstance(found, Mapping) else {}


STEPS: Mapping[int, Step] = {0: _checks_become_health}


def is_newer(theirs: Nodes, mine: Nodes) -> bool:
    """Whether the version of one package is above the other's."""
    return version_of(theirs) > version_of(mine)


def version_of(nodes: Nodes) -> tuple[int, ...]:
    """A package's own version, to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", str(nodes.get(APP, {}).get("version", "1.0.0"))))


def upgraded(nodes: Nodes) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes in today's format. A newer format is left as it is: loading refuses it by itself."""
    nodes = _without_retired(nodes)
    app = nodes.get(APP, {})
    found = app.get("format", FORMAT)
    if not isinstance(found, int) or isinstance(found, bool) or found >= FORMAT:
        return nodes, ()
    while found < FORMAT:
        step = STEPS.get(found)
        if step is None:
            return nodes, (Problem("E009", place(APP, "format"), {"format": found, "known": FORMAT}),)
        nodes = step(nodes)
        found += 1
        nodes = {**nodes, APP: {**nodes[APP], "format": found}}
    return nodes, ()
