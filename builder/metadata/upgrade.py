"""Upgrade: nodes of an older package format become nodes of today's, step by step. Pure.

``STEPS[n]`` turns format ``n`` into ``n + 1``. A step works on plain JSON, never on models: models change, steps stay.
"""

from __future__ import annotations

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


STEPS: Mapping[int, Step] = {0: _checks_become_health}


def upgraded(nodes: Nodes) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes in today's format. A newer format is left as it is: loading refuses it by itself."""
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
