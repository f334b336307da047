"""A dimension that holds what somebody chose is read in words, not as the option's key."""

from __future__ import annotations

from builder.metadata.text import in_locale
from builder.runtime.installing import template
from builder.runtime.pages.ledgers.choices import options_of


def test_what_a_line_chose_is_shown_by_its_label() -> None:
    package = template("standard").package
    ledger = package.ledger("transit_losses")
    assert ledger is not None
    words = {
        key: in_locale(label, "zh-CN")
        for d in ledger.dimensions
        for key, label in options_of(package, ledger, d).items()
    }
    assert words == {"carrier": "承运", "sender": "发货方", "store": "门店"}
