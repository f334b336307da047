"""Seeded faults: every mention of anything in the library is spoilt, one after the other, and none goes unnoticed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.metadata.checks import check
from builder.metadata.kinds import NodeName, path_of
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.metadata.references import References
from builder.metadata.uses import Use
from tests.metadata.library import package_of

WRONG = "zz_gone"


def _spoilt(body: Mapping[str, Any], use: Use) -> dict[str, Any]:
    changed = copy.deepcopy(dict(body))
    holder: Any = changed
    for part in use.parts[:-1]:
        holder = holder[part]
    last = use.parts[-1]
    if use.is_key:
        holder[WRONG] = holder.pop(last)
    elif use.end:
        holder[last] = f"{holder[last][: use.start]}{WRONG}{holder[last][use.end :]}"
    else:
        holder[last] = WRONG
    return changed


def _errors(package: Package, name: NodeName, body: Mapping[str, Any]) -> set[str]:
    """The files in which errors are found once that node is spoilt."""
    spoilt, problems = load({**package.nodes, name: body})
    assert spoilt is not None
    found = (*problems, *check(spoilt))
    return {p.path.partition("#")[0] for p in found if p.severity == "error"}


def test_a_spoilt_mention_is_always_found_in_its_own_file() -> None:
    package = package_of()
    uses = References(package).uses
    assert len(uses) > 140
    unnoticed = [
        (use.place.node, use.parts, use.target)
        for use in uses
        if path_of(use.place.node)
        not in _errors(package, use.place.node, _spoilt(package.nodes[use.place.node], use))
    ]
    assert unnoticed == []
