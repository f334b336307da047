"""Merging over HTTP: looked at, done, taken back; only for who may change and archive."""

from __future__ import annotations

from tests.api.caller import Api, good
from tests.api.test_moves import GOODS, document, item, move, on_hand


def test_a_merge_is_looked_at_done_and_taken_back(api: Api) -> None:
    keep, away = item(api, "A"), item(api, "B")
    made = document(api.clerk, "receipt", away, "4")
    good(move(api.boss, "receipt", made["id"], "approve"))
    body = {"pairs": [{"keep": keep, "away": away}]}
    looked = good(api.boss.post(f"{GOODS}/merge", {**body, "dry_run": True}))
    assert (looked["dry_run"], looked["pairs"][0]["moves"][0]["measures"]) == (True, {"on_hand": "4.00"})
    done = good(api.boss.post(f"{GOODS}/merge", body))
    rows = api.boss.read("/apps/shop/ledgers/stock/balances", {"group": "goods"})["items"]
    assert [row["dimensions"]["goods"]["id"] for row in rows] == [keep]
    assert [r["title"] for r in api.boss.read(f"{GOODS}/{away}/links")["items"]] == ["Goods A"]
    good(api.boss.post(f"{GOODS}/unmerge/{done['merge']}", None))
    assert on_hand(api) == ["4.00"]
    assert api.boss.read(f"{GOODS}/{away}")["archived_at"] is None


def test_who_may_only_read_merges_nothing(api: Api) -> None:
    keep, away = item(api, "A"), item(api, "B")
    answer = api.clerk.post(f"{GOODS}/merge", {"pairs": [{"keep": keep, "away": away}]})
    assert answer.status_code == 403
