"""Sides: the product and the baseline, each on a database of its own with the same content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from benchmarks import data, product
from benchmarks.baseline import seed
from benchmarks.baseline.app import create_app as create_baseline
from benchmarks.baseline.database import Database as BaselineDatabase
from builder.app import create_app, open_engine


@dataclass(frozen=True)
class Baseline:
    """The hand-written program."""

    url: str
    folder: Path
    name = "baseline"

    def fill(self, size: data.Size) -> data.Filled:
        db = BaselineDatabase(self.url)
        db.create()
        try:
            return seed.fill(db, size)
        finally:
            db.close()

    @property
    def environment(self) -> Mapping[str, str]:
        return {"BASELINE_DATABASE": self.url}

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """The application inside this process: for counting statements."""
        db = BaselineDatabase(self.url)
        try:
            yield create_baseline(db)
        finally:
            db.close()


@dataclass(frozen=True)
class Product:
    """The product, with its relay and schedules off: nobody takes messages out of the baseline's outbox either."""

    url: str
    folder: Path
    name = "product"

    def fill(self, size: data.Size) -> data.Filled:
        return product.fill(self.url, self.folder, size)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"BUILDER_DATABASE": self.url, "BUILDER_VAR": str(self.folder), "BUILDER_WORKER": "off"}

    @contextmanager
    def app(self) -> Iterator[Flask]:
        engine = open_engine(product.settings_of(self.url, self.folder))
        try:
            yield create_app(engine)
        finally:
            engine.database.close()


Side = Baseline | Product
