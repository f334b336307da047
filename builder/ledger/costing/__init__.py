"""Costing methods, one file each, one shape: (pool, move) in, outcome out. A new method is a file and a line here."""

from __future__ import annotations

from builder.ledger.costing import batch, fifo, moving_average, standard
from builder.ledger.costing.shape import Method
from builder.registry import Registry

METHODS: Registry[Method] = Registry("costing method")
METHODS.register("moving_average", moving_average.METHOD)
METHODS.register("fifo", fifo.METHOD)
METHODS.register("batch", batch.METHOD)
METHODS.register("standard", standard.METHOD)
