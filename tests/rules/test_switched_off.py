"""Rules of a part that is switched off do not run; those that another part shares do."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from builder.metadata.loading import load_trusted
from builder.metadata.modules import Module
from builder.rules.conditions import is_switched_off
from tests.runtime.shop import shop_nodes

PACKAGE = load_trusted(shop_nodes())
(RULE,) = PACKAGE.rules


def is_off(modules: tuple[Module, ...], **settings: Any) -> bool:
    package = replace(PACKAGE, app=replace(PACKAGE.app, modules=modules))
    context: Any = SimpleNamespace(package=package, reader=SimpleNamespace(setting=settings.get))
    return is_switched_off(context, RULE)


def test_a_rule_goes_with_its_part() -> None:
    part = Module("m.one", "one", "One", rules=(RULE.key,))
    other = Module("m.two", "two", "Two", rules=(RULE.key,))
    assert not is_off(())
    assert not is_off((part,))
    assert is_off((part,), module_one=False)
    assert not is_off((part, other), module_one=False)
    assert is_off((part, other), module_one=False, module_two=False)
