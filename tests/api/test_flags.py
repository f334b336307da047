"""What is on or off is said with true, 1, false or 0; any other word is refused, for nobody may believe that something was done."""

from __future__ import annotations

import io

import pytest

from tests.api.caller import Api, paths, refused

RECEIPT, GOODS = "/apps/shop/receipt", "/apps/shop/goods"


def body(api: Api) -> dict[str, object]:
    goods = api.boss.make(GOODS, {"code": "A", "name": "A"})["id"]
    return {"lines": [{"goods": goods, "quantity": "1"}]}


@pytest.mark.parametrize(
    ("word", "state"),
    [("1", "approved"), ("true", "approved"), ("True", "approved"), ("0", "draft"), ("false", "draft")],
)
def test_a_document_is_submitted_while_it_is_made(api: Api, word: str, state: str) -> None:
    made = api.clerk.make(RECEIPT, body(api), query_string={"submit": word})
    assert api.clerk.read(f"{RECEIPT}/{made['id']}")["state"] == state


@pytest.mark.parametrize("word", ["yes", "2", "submit", "on", "1,1", "真"])
def test_another_word_makes_nothing(api: Api, word: str) -> None:
    problem = refused(api.clerk.post(RECEIPT, body(api), query_string={"submit": word}), 422)
    assert paths(problem) == {("/submit", "FLAG")}
    assert word in problem["errors"][0]["message"]
    assert api.clerk.read(RECEIPT, {"count": "exact"})["count"] == 0


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (GOODS, "archived"),
        ("/apps/shop/exports/goods", "archived"),
        ("/apps/shop/ledgers/stock/balances", "zero"),
        ("/notifications", "unread"),
    ],
)
def test_every_parameter_that_is_on_or_off_takes_the_same_words(api: Api, path: str, name: str) -> None:
    for word in ("1", "true", "0", "false", ""):
        assert api.boss.get(path, {name: word}).status_code == 200
    assert paths(refused(api.boss.get(path, {name: "maybe"}), 422)) == {(f"/{name}", "FLAG")}


def test_a_preview_and_an_import_take_them_too(api: Api) -> None:
    refused(api.clerk.post(f"{RECEIPT}/preview", body(api), query_string={"submit": "x"}), 422)
    sheet = {"entity": "goods", "dry_run": "x", "file": (io.BytesIO(b"Code,Name\nA,A\n"), "g.csv")}
    answer = api.boss.send("POST", "/apps/shop/imports", data=sheet)
    assert paths(refused(answer, 422)) == {("/dry_run", "FLAG")}
    assert api.boss.read("/jobs")["items"] == []
