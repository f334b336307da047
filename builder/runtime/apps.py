"""Loaded apps: a package with everything made from it once per version. Cached in the process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from builder.errors import NotFoundError
from builder.ledger.compile import build_models
from builder.ledger.definition import LedgerModel
from builder.metadata.compiled import CompiledPackage
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.storage import apps as stored
from builder.storage.apps import AppRow
from builder.storage.slots import SlotMap, load_slots

KEPT = 16


@dataclass(frozen=True)
class LoadedApp:
    """One app at one version: its row, package, compiled expressions, slot map and ledger models. ``kept`` is for what was read from the
    database and stays as it is while the row, with its epochs, does."""

    row: AppRow
    package: Package
    compiled: CompiledPackage
    maps: SlotMap
    ledgers: Mapping[str, LedgerModel]
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> str:
        return self.row.key


class Apps:
    """Apps by key, loaded at first use and kept until a newer version or slot map replaces them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, int, int], LoadedApp] = OrderedDict()
        self._lock = threading.Lock()

    def copy(self) -> Apps:
        """The same apps for a copy of their database, without what was read of it since they were loaded."""
        made = Apps()
        with self._lock:
            made._kept.update((at, replace(app, kept={})) for at, app in self._kept.items())
        return made

    def load(self, conn: Any, ws: int, key: str) -> LoadedApp:
        """The app's live version. Raises ``NotFoundError``."""
        row = stored.app_by_key(conn, ws, key)
        if row is None or row.live_version == 0:
            raise NotFoundError(app=key)
        at = (ws, row.app_id, row.live_version, row.map_epoch)
        with self._lock:
            found = self._kept.get(at)
            if found is not None:
                self._kept.move_to_end(at)
        if found is not None and found.row == row:
            return found
        made = self._build(conn, ws, row) if found is None else replace(found, row=row, kept={})
        with self._lock:
            self._kept[at] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def _build(self, conn: Any, ws: int, row: AppRow) -> LoadedApp:
        nodes = stored.version_nodes(conn, ws, row.app_id, row.live_version)
        package = load_trusted(nodes)
        compiled = CompiledPackage(package)
        maps = load_slots(conn, ws, row.app_id, package)
        return LoadedApp(row, package, compiled, maps, build_models(package, maps))
