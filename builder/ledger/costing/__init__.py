"""Costing methods, one file each, one shape: (pool, move) in, outcome out. A new method is a file and a line here."""

from __future__ import annotations

from builder.ledger.costing import fifo, moving_average
from builder.ledger.costing.shape import Method
from builder.registry import Registry

METHODS: Registry[Method] = Registry("costing method")
METHODS.register("moving_average", moving_average.METHOD)
METHODS.register("fifo", fifo.METHOD)
