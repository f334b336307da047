"""The first tour and the help of lists, by hand: with the keyboard, on a phone, and never again once it was declined."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk, axe

pytestmark = pytest.mark.e2e


def test_a_keeper_walks_the_tour_by_keyboard_and_is_not_asked_again(desk: Desk) -> None:
    page = desk.sign_in("keeper")
    page.goto(f"{desk.address}/a/general/delivery")
    expect(page.get_by_text("第一次来？")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="开始", exact=True).press("Enter")
    tour = page.get_by_role("dialog")
    expect(tour.get_by_role("heading")).to_contain_text("您好")
    assert axe(page) == []
    steps = 1
    while tour.get_by_role("button", name="完成").count() == 0:
        page.keyboard.press("ArrowRight")
        steps += 1
        assert steps < 20
    page.keyboard.press("ArrowLeft")
    expect(tour.get_by_role("button", name="下一步")).to_be_focused()
    page.keyboard.press("ArrowRight")
    with page.expect_response(lambda answer: answer.url.endswith("/tours")) as told:
        page.keyboard.press("Enter")
    assert told.value.status == 200
    expect(tour).to_have_count(0)
    page.reload()
    expect(page.get_by_text("第一次来？")).to_have_count(0)


def test_on_a_phone_it_fits_and_escape_declines_it(desk: Desk) -> None:
    page = desk.sign_in("buyer", locale="en", width=375)
    page.goto(f"{desk.address}/a/general/purchase_order")
    page.get_by_role("button", name="Start", exact=True).click()
    tour = page.get_by_role("dialog")
    for _ in range(4):
        box = tour.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        page.keyboard.press("ArrowRight")
    with page.expect_response(lambda answer: answer.url.endswith("/tours")):
        page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_help_opens_with_what_the_list_is_for(desk: Desk) -> None:
    page = desk.sign_in("finance", width=375)
    page.goto(f"{desk.address}/a/general/payment")
    page.locator("[data-help]").click()
    expect(page.get_by_text("在这里可以做什么")).to_be_visible()
    assert axe(page) == []
