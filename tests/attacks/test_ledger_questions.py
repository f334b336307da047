"""What is asked of a ledger is a filter or nothing: no field passes by the rights within it, and nothing malformed breaks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.runtime.office import SECRET, Office

LEDGER = "/api/v1/apps/shop/ledgers/stock"
PAGES = ("balances", "entries", "trace", "recall")
RICE = {"field": "goods.code", "op": "=", "value": "rice"}


def ask(office: Office, page: str, where: Any) -> Any:
    return office.client("eva").get(f"{LEDGER}/{page}", query_string={"filter": json.dumps(where)})


def test_an_honest_question_is_answered(office: Office) -> None:
    assert ask(office, "balances", RICE).get_json()["items"]
    assert ask(office, "balances", {"and": [RICE, RICE]}).get_json()["items"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("joint", ["and", "or", "not"])
def test_a_hidden_field_is_not_guessed_beside_a_condition(office: Office, page: str, joint: str) -> None:
    hidden: Any = {"field": "secret", "op": "=", "value": SECRET}
    for part in (hidden, {**hidden, "value": "another"}):
        where = {**RICE, joint: part if joint == "not" else [part]}
        for sent in (where, {"and": [where]}):
            assert ask(office, page, sent).status_code == 422


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "where",
    [
        {"and": 1},
        {"and": None},
        {"and": [1]},
        {"and": ["goods"]},
        {"field": ["goods"], "op": "=", "value": 1},
        {"field": "goods", "op": [], "value": 1},
        {"field": "goods", "op": {}, "value": 1},
        {"field": "goods", "op": "within", "value": []},
        {"field": "goods"},
    ],
)
def test_what_is_no_filter_is_refused(office: Office, page: str, where: Any) -> None:
    assert ask(office, page, where).status_code == 422


@pytest.mark.parametrize("seq", [2**70, -(2**70), 1e300])
def test_a_forged_place_in_the_entries_is_refused(office: Office, seq: float) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["2026-01-01", seq, 1]).encode()).decode()
    assert office.client("eva").get(f"{LEDGER}/entries?cursor={cursor}").status_code == 422
