"""Figures that stand side by side have names of their own, and what happens at the cut-off follows the setting that says when it is."""

from __future__ import annotations

from collections import Counter

import pytest

from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.text import LOCALES, in_locale
from builder.runtime.installing import template

TEMPLATES = ("general", "standard", "food", "discrete_mfg", "no_stock")


@pytest.mark.parametrize("key", TEMPLATES)
@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_figures_of_a_record_have_one_name(key: str, locale: str) -> None:
    twice = {
        (entity.key, name)
        for entity in template(key).package.entities
        for name, count in Counter(
            in_locale(f.label, locale)
            for f in entity.fields
            if not f.archived and getattr(FIELD_TYPES.find(f.type), "sort", "") == "number"
        ).items()
        if count > 1
    }
    assert twice == set()


@pytest.mark.parametrize(("key", "work"), [("standard", "cutoff_consolidates"), ("no_stock", "cutoff_pool")])
def test_what_the_cut_off_brings_follows_its_setting(key: str, work: str) -> None:
    package = template(key).package
    rules = {rule.key: rule for rule in package.rules}
    setting = package.setting("order_cutoff")
    assert setting is not None
    assert setting.default == "16:00"
    reminder = rules["cutoff_reminder"]
    assert (reminder.when.time, reminder.when.minutes) == ("order_cutoff", -60)
    assert "16:00" not in str(reminder.then)
    assert rules[work].when.time == "order_cutoff"
