"""Values from outside that no form would send."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from tests.runtime.office import Office

API = "/api/v1/apps/shop"


@pytest.mark.parametrize("number", ["1E+99999999", "-1E+99999999", "1E+999999999999999999", "1e400"])
def test_a_number_beyond_all_measure_is_too_big(office: Office, number: str) -> None:
    text = f'{{"lines": [{{"goods": "{office.show("rice")}", "quantity": {number}}}]}}'
    answer = office.client("eva").post(f"{API}/receipt", data=text, content_type="application/json")
    assert answer.status_code == 422
    assert "VALUE_TOO_BIG" in {problem["code"] for problem in answer.get_json()["errors"]}


@pytest.mark.parametrize("key", ["owner", "org_unit"])
def test_a_record_belongs_to_somebody_that_there_is(office: Office, key: str) -> None:
    boss, lines = office.client("boss"), [{"goods": office.show("rice"), "quantity": "1"}]
    for stranger in (5, office.show("rice")):
        answer = boss.post(f"{API}/receipt", json={"lines": lines, key: stranger})
        assert answer.status_code == 422
        assert [p["code"] for p in answer.get_json()["errors"]] == ["REFERENCE_MISSING"]


def where(**filter: Any) -> dict[str, str]:
    return {"filter": json.dumps(filter)}


def test_a_day_beyond_the_calendar_is_refused(office: Office) -> None:
    for days in (10**12, -(10**12), 10**6):
        asked = where(field="business_date", op=">", value={"today": days})
        answer = office.client("eva").get(f"{API}/receipt", query_string=asked)
        assert [p["code"] for p in answer.get_json()["errors"]] == ["FILTER_VALUE"]


def test_nesting_does_not_multiply_conditions_without_end(office: Office) -> None:
    one = {"field": "code", "op": "!=", "value": "q"}
    nested = {"and": [{"or": [one] * 50}] * 20}
    answer = office.client("eva").post(f"{API}/goods/lookup", json={"resolve": ["a"], "filter": nested})
    assert [p["code"] for p in answer.get_json()["errors"]] == ["FILTER_MANY"]


@pytest.mark.parametrize("place", ["[[],[],99999999999999999999]", '["2026-01-01",99999999999999999999,1]'])
def test_a_forged_place_to_go_on_from_is_refused(office: Office, place: str) -> None:
    cursor = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    eva = office.client("eva")
    for path in (f"{API}/receipt", f"{API}/ledgers/stock/entries"):
        assert eva.get(path, query_string={"cursor": cursor}).status_code == 422


def test_a_cell_longer_than_any_is_a_broken_file(office: Office) -> None:
    sheet = (io.BytesIO(b"Name\n" + b"x" * 200_000), "goods.csv")
    sent = {"file": sheet, "entity": "goods", "dry_run": "1"}
    answer = office.client("eva").post(f"{API}/imports", data=sent)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "IMPORT_BROKEN")
