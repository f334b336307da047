"""Parts: what of an app is not there while the parts that it belongs to are switched off."""

from __future__ import annotations

from dataclasses import dataclass

from builder.metadata.package import Package


@dataclass(frozen=True)
class Parts:
    """``off`` names what is not there, as ``builder.metadata.modules.parts_off`` gives it."""

    package: Package
    off: frozenset[tuple[str, str]] = frozenset()

    def hides(self, what: str, key: str) -> bool:
        """Whether an entity (or the document of these lines), report, dashboard, ledger, or the target of ``entity.conversion`` is not there."""
        if (what, key) in self.off:
            return True
        if what == "conversions":
            entity, _, conversion = key.partition(".")
            model = self.package.entity(entity)
            made = [c.to for c in model.conversions if c.key == conversion] if model is not None else []
            return any(self.hides("entities", to) for to in made)
        model = self.package.entity(key) if what == "entities" else None
        return model is not None and model.parent is not None and ("entities", model.parent) in self.off
