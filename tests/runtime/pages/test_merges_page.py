"""Merges that were made: a person sees what each moved, and takes one back after looking at what returns."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.runtime.packs import goods, pack, pack_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.test_merging import in_stock, line, merge
from tests.runtime.world import World

PAGE = "/a/shop/goods/merges"


@pytest.fixture
def packed(empty: World) -> World:
    empty.install(pack_nodes(), "shop")
    empty.person("anna", admin=True)
    return empty


@pytest.fixture
def pair(packed: World) -> tuple[int, int, Any]:
    """Two goods, five pieces of the one that goes, a draft that names it; merged."""
    keep, away = goods(packed, "A"), goods(packed, "B", pack("Box", "4"))
    packed.create("receipt", {"lines": [line(packed, away, "5")]}, submit=True)
    packed.create("delivery", {"lines": [line(packed, away, "2")]})
    return keep, away, merge(packed, (keep, away))


def words(browser: FlaskClient, url: str) -> str:
    text = browser.get(url).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def sent(browser: FlaskClient, url: str) -> Any:
    text = browser.get(url).get_data(as_text=True)
    return browser.post(url, data=dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', text)))


def test_the_list_says_who_merged_what_and_what_moved(packed: World, pair: Any) -> None:
    said = words(signed_in(packed, "anna"), PAGE)
    assert "Goods B · B" in said
    assert "Goods A · A" in said
    assert "Stock on_hand 5" in said
    assert "Records that name the one that stayed now: 1" in said


def test_the_list_is_reached_from_the_records_and_from_both_records(packed: World, pair: Any) -> None:
    browser, show = signed_in(packed, "anna"), packed.engine.database.show
    keep, away, _ = pair
    for url in ("/a/shop/goods", f"/a/shop/goods/{show(keep)}", f"/a/shop/goods/{show(away)}"):
        assert f'href="{PAGE}"' in browser.get(url).get_data(as_text=True)


def test_both_records_say_that_they_were_merged(packed: World, pair: Any) -> None:
    browser, show = signed_in(packed, "anna"), packed.engine.database.show
    keep, away, _ = pair
    gone = browser.get(f"/a/shop/goods/{show(away)}").get_data(as_text=True)
    assert "was merged into" in gone
    assert f'href="/a/shop/goods/{show(keep)}"' in gone
    kept = browser.get(f"/a/shop/goods/{show(keep)}").get_data(as_text=True)
    assert "Took over" in kept
    assert f'href="/a/shop/goods/{show(away)}"' in kept


def test_a_person_takes_a_merge_back(packed: World, pair: Any) -> None:
    browser = signed_in(packed, "anna")
    keep, away, merged = pair
    url = f"{PAGE}/{merged['merge']}"
    said = words(browser, url)
    assert "Stock Goods A on_hand 5" in said
    assert "Records that name the old one again: 1" in said
    done = sent(browser, url)
    assert (done.status_code, done.headers["Location"]) == (
        303,
        f"/a/shop/goods/{packed.engine.database.show(away)}",
    )
    assert (in_stock(packed, keep), in_stock(packed, away)) == (Decimal(0), Decimal(5))
    assert "Nothing was merged yet" in words(browser, PAGE)
    assert browser.get(url).status_code == 404


def test_what_is_in_the_way_is_said_and_nothing_can_be_confirmed(packed: World, pair: Any) -> None:
    browser = signed_in(packed, "anna")
    keep, _, merged = pair
    url = f"{PAGE}/{merged['merge']}"
    before = dict(
        re.findall(r'name="(csrf_token|key)" value="([^"]+)"', browser.get(url).get_data(as_text=True))
    )
    packed.create("delivery", {"lines": [line(packed, keep, "1")]}, submit=True)
    packed.update("goods", keep, {"name": "Another name"})
    text = browser.get(url).get_data(as_text=True)
    assert "some of what came over was used since" in text
    assert "was changed after the merge" in text
    assert 'class="btn primary"' not in text
    late = browser.post(url, data=before)
    assert late.status_code >= 400
    assert "was changed after the merge" in late.get_data(as_text=True)


def test_the_merge_page_says_which_lines_come_over(packed: World) -> None:
    show = packed.engine.database.show
    keep, away = (
        goods(packed, "A", pack("Box", "4")),
        goods(packed, "B", pack("Box", "4"), pack("Pallet", "96")),
    )
    said = words(signed_in(packed, "anna"), f"/a/shop/goods/merge?ids={show(keep)},{show(away)}")
    assert "Packs Box both have it; stays one" in said
    assert "Packs Pallet comes over" in said


def test_a_document_says_nothing_of_merges(packed: World, pair: Any) -> None:
    made = packed.create("delivery", {"lines": [line(packed, pair[0], "1")]})
    text = signed_in(packed, "anna").get(f"/a/shop/delivery/{made['id']}").get_data(as_text=True)
    assert made["number"] in text
    assert PAGE not in text


def test_who_may_not_merge_sees_no_merges(packed: World, pair: Any) -> None:
    packed.person("cleo", "clerk")
    browser = signed_in(packed, "cleo")
    assert browser.get(PAGE).status_code == 403
    assert PAGE not in browser.get("/a/shop/goods").get_data(as_text=True)
