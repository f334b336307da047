"""The benchmark's package is in order under every costing method that growth is measured for."""

from __future__ import annotations

import pytest

from benchmarks.growth import METHODS
from benchmarks.policies import costed_by
from benchmarks.product import package
from builder.metadata.checks import check
from builder.metadata.loading import load_trusted


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_what_it_needs(method: str) -> None:
    found = load_trusted(costed_by(method))
    assert check(found) == ()
    ledger = found.ledger("stock")
    assert ledger is not None
    assert ledger.costing is not None
    assert ledger.costing.method == method


def test_only_a_method_that_needs_more_has_more() -> None:
    own = package().nodes
    for method in ("moving_average", "fifo"):
        made = costed_by(method)
        assert {name for name in made if made[name] != own.get(name)} <= {("ledger", "stock")}
