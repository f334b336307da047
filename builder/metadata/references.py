"""References: who uses what in a package. From it come *find usages*, safe renames and the question what a deletion would break. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from builder.metadata.kinds import NodeName
from builder.metadata.package import Package
from builder.metadata.places import Parts, Place, places
from builder.metadata.targets import Definition, Target, definitions
from builder.metadata.uses import Use, uses_of


class References:
    """The usage graph of one package."""

    def __init__(self, package: Package, found: Iterable[Place] | None = None) -> None:
        """``found`` are the package's places, where they are known already."""
        self.package = package
        self._places = found

    @cached_property
    def definitions(self) -> Mapping[Target, Definition]:
        """Everything that can be referred to."""
        return {d.target: d for d in definitions(self.package)}

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every mention of anything, existing or not."""
        found: list[Use] = []
        for place in places(self.package) if self._places is None else self._places:
            found.extend(uses_of(self.package, place))
        return tuple(found)

    @cached_property
    def _by_target(self) -> Mapping[Target, tuple[Use, ...]]:
        found: dict[Target, list[Use]] = {}
        for use in self.uses:
            found.setdefault(use.target, []).append(use)
        return {target: tuple(uses) for target, uses in found.items()}

    def usages(self, target: Target) -> tuple[Use, ...]:
        """Where the target is mentioned."""
        return self._by_target.get(target, ())

    def inside(self, target: Target) -> tuple[Target, ...]:
        """The target and everything that goes with it: an entity's fields, states and postings, a field's options."""
        kinds = {"entity": 2, "ledger": 2, "workflow": 2, "field": 3}.get(target[0])
        if kinds is None:
            return (target,)
        owner = self._owner(target)
        found = (
            t
            for t in self.definitions
            if len(t) > len(target) - (target[0] == "workflow") and t[1 : len(owner) + 1] == owner
        )
        parts = {"entity": {"field", "option", "posting", "conversion", "state", "transition"}}
        parts |= {
            "ledger": {"dimension", "measure", "grain", "guard"},
            "workflow": {"state", "transition"},
            "field": {"option"},
        }
        return (target, *(t for t in found if t[0] in parts[target[0]]))

    def _owner(self, target: Target) -> tuple[str, ...]:
        if target[0] != "workflow":
            return target[1:]
        workflow = next((w for w in self.package.workflows if w.key == target[1]), None)
        return (workflow.entity if workflow else "",)

    def in_the_way(self, targets: Iterable[Target]) -> tuple[Use, ...]:
        """What would dangle if all of ``targets`` went, with what is inside them; mentions within what goes do not count.
        Empty: they may be deleted."""
        gone = {inner for target in targets for inner in self.inside(target)}
        cut = [(d.node, d.parts) for t in gone if (d := self.definitions.get(t)) is not None]
        found = (use for target in sorted(gone) for use in self.usages(target))
        return tuple(use for use in found if not _is_within(use, cut))


def _is_within(use: Use, cut: Iterable[tuple[NodeName, Parts]]) -> bool:
    return any(use.place.node == node and use.parts[: len(parts)] == parts for node, parts in cut)
