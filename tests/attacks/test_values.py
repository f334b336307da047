"""Values from outside that no form would send."""

from __future__ import annotations

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
