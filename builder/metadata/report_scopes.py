"""Report scopes: which names a formula of a report may use: its columns, what it is asked, and what the source of a part knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.expressions.types import ANY, BOOL, DATE, NUMBER, TEXT, Type
from builder.metadata.package import Package
from builder.metadata.report import Parameter
from builder.metadata.scopes import PackageScope

PARAMETERS: Mapping[str, Type] = {
    "date": DATE,
    "boolean": BOOL,
    **dict.fromkeys(("decimal", "integer", "money", "quantity", "percent"), NUMBER),
}
ENTRY_NAMES = (
    "document",
    "document.entity",
    "document.type",
    "kind",
    "actor",
    "seq",
    "business_date",
    "reason",
)
FLOWS: Mapping[str, frozenset[str]] = {
    "movements": frozenset({"opening", "added", "taken", "closing"}),
    "entries": frozenset({"added", "taken", "balance", "added_on", "taken_on"}),
    "balances": frozenset({"pooled"}),
}


class ColumnScope(PackageScope):
    """Names of a report's row: its columns' keys, with dots, and what it is asked: ``parameter.x``."""

    def __init__(
        self, package: Package, columns: Iterable[str], parameters: Iterable[Parameter] = ()
    ) -> None:
        super().__init__(package)
        self._columns = tuple(columns)
        self._parameters = {p.key: p for p in parameters}

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        if ".".join(path) in self._columns:
            return ANY
        asked = self._parameters.get(path[1]) if len(path) == 2 and path[0] == "parameter" else None
        return super().type_of(path) if asked is None else PARAMETERS.get(asked.type, ANY)

    def names(self) -> Iterable[str]:
        yield from self._columns
        yield from (f"parameter.{key}" for key in self._parameters)
        yield from super().names()


class PartScope(ColumnScope):
    """Names of a row of one part of a report: what its source knows, and what the report is asked."""

    def __init__(
        self, package: Package, own: PackageScope, source: str, parameters: Iterable[Parameter]
    ) -> None:
        own_names = {"entries": ENTRY_NAMES, "layers": ("business_date",)}.get(source, ())
        super().__init__(package, own_names, parameters)
        self._own = own
        self._flows = FLOWS.get(source, frozenset())

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        if path[0] in self._flows and len(path) == 2:
            known = self._own.type_of(path[1:])
            return DATE if known is not None and path[0].endswith("_on") else known
        if path == ("part", "label"):
            return TEXT
        return self._own.type_of(path) or super().type_of(path)

    def names(self) -> Iterable[str]:
        yield from self._own.names()
        yield from super().names()
