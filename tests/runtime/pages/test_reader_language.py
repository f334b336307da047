"""Who asks on a page asks in the page's language, whatever their account says."""

from __future__ import annotations

import pytest

from builder.runtime.api.door import Door
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World


def test_what_the_engine_words_is_in_the_language_of_the_page(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report of entries names the kind of each document itself."""
    asked: list[str] = []
    reading = Door.reading

    def heard(door: Door, actor: object, app: str) -> object:
        asked.append(actor.locale)  # type: ignore[attr-defined]
        return reading(door, actor, app)  # type: ignore[arg-type]

    monkeypatch.setattr(Door, "reading", heard)
    shop.person("ann", "boss")
    client = signed_in(shop, "ann")
    asked.clear()
    client.get("/a/shop/goods")
    client.set_cookie("zg_locale", "zh-CN")
    client.get("/a/shop/goods")
    assert asked[0] == "en"
    assert asked[-1] == "zh-CN"
