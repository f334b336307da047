"""Standing: where a running approval stands, as its cursor keeps it: one token for each node that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Added:
    """A signer whom somebody asked in addition: the task, where it stands to the one of who asked (``before after parallel``), that one."""

    task: int
    place: str
    anchor: int


@dataclass(frozen=True, slots=True)
class Token:
    """A node that waits, since ``round``. ``rescue``: the owner decides in the place of a condition that cannot be judged. ``back`` is where
    it goes straight back to once it is decided: the nodes and open branches before a return."""

    node: str
    round: int
    rescue: bool = False
    added: tuple[Added, ...] = ()
    back: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """``open`` are the branches that are not through yet, by parallel node. ``ways`` are the branches taken. ``passed`` are the approver nodes
    that were decided, in order; ``agreed`` who agreed there. ``foreseen`` are the people that were named when it began, by node.
    ``notes`` keep what is neither: when it was urged, what an automatic step changes."""

    tokens: tuple[Token, ...] = ()
    open: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    agreed: tuple[int, ...] = ()
    foreseen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    def token(self, node: str, round_: int) -> Token | None:
        return next((t for t in self.tokens if t.node == node and t.round == round_), None)


def to_json(standing: Standing) -> dict[str, Any]:
    return {
        "tokens": [_token_json(t) for t in standing.tokens],
        "open": {k: list(v) for k, v in standing.open.items()},
        "ways": {k: list(v) for k, v in standing.ways.items()},
        "passed": list(standing.passed),
        "agreed": list(standing.agreed),
        "foreseen": {k: list(v) for k, v in standing.foreseen.items()},
        "notes": dict(standing.notes),
    }


def _token_json(token: Token) -> dict[str, Any]:
    body: dict[str, Any] = {"node": token.node, "round": token.round}
    if token.rescue:
        body["rescue"] = True
    if token.added:
        body["added"] = [[a.task, a.place, a.anchor] for a in token.added]
    if token.back is not None:
        body["back"] = dict(token.back)
    return body


def from_json(cursor: Mapping[str, Any], round_: int) -> Standing:
    """The standing in a cursor; also in one of an approval that began when nodes only followed each other."""
    if "route" in cursor:
        return _former(cursor, round_)
    return Standing(
        tokens=tuple(_token(t) for t in cursor.get("tokens", ())),
        open=_lists(cursor.get("open", {})),
        ways=_lists(cursor.get("ways", {})),
        passed=tuple(cursor.get("passed", ())),
        agreed=tuple(cursor.get("agreed", ())),
        foreseen=_lists(cursor.get("foreseen", {})),
        notes=dict(cursor.get("notes", {})),
    )


def _lists(body: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(value) for key, value in body.items()}


def _token(body: Mapping[str, Any]) -> Token:
    added = tuple(Added(*one) for one in body.get("added", ()))
    return Token(body["node"], body["round"], body.get("rescue", False), added, body.get("back"))


def _former(cursor: Mapping[str, Any], round_: int) -> Standing:
    route, at = cursor["route"], cursor["at"]
    if at >= len(route):
        return Standing(passed=tuple(e["uid"] for e in route))
    here = route[at]
    added = tuple(Added(id, "parallel", 0) for id in cursor.get("added", ()))
    token = Token(here["uid"], round_, here.get("rescue", False), added)
    return Standing((token,), passed=tuple(e["uid"] for e in route[:at]), notes={"former": True})
