"""The benchmarks compare like with like: both sides take the same requests and give equal answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from benchmarks import data, product
from benchmarks.comparing import Plan, compare
from benchmarks.jobs import JOBS, ROOT, Seat
from benchmarks.sides import Baseline, Product
from benchmarks.telling import database
from builder.metadata.checks import check

SIZE = data.Size(things=60, items=30, warehouses=2, customers=5)
OWN = frozenset({"id", "owner", "org_unit", "created_by", "updated_by", "created_at", "updated_at"})
"""What is another one for each record."""
MORE = frozenset({"state", "business_date", "archived_at", "created_via", "entity", "_effects"})
"""What the product says of every record and every write."""


class Asked:
    """One side, and its answers with references as places in what it was filled with."""

    def __init__(self, client: FlaskClient, filled: data.Filled) -> None:
        self._client, self.filled = client, filled
        body = {"login": data.CLERKS[0], "password": data.PASSWORD}
        self._token = client.post("/api/v1/session", json=body).get_json()["token"]
        self._names = {
            id: f"{name} {n}"
            for name in ("things", "items", "warehouses", "customers")
            for n, id in enumerate(getattr(filled, name))
        }

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._token}", **more.pop("headers", {})}
        answer = self._client.open(f"{ROOT}/{path}", method=method, json=body, headers=headers, **more)
        return answer.status_code, self._plain(answer.get_json())

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: self._plain(v) for k, v in value.items() if k not in OWN and k != "next"}
        if isinstance(value, list):
            return [self._plain(one) for one in value]
        return self._names.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asked, Asked]]:
    folder = tmp_path_factory.mktemp("sides")
    left, right = (
        Baseline(f"sqlite:///{folder / 'b.db'}", folder),
        Product(f"sqlite:///{folder / 'p.db'}", folder),
    )
    filled = left.fill(SIZE), right.fill(SIZE)
    with left.app() as baseline, right.app() as its:
        yield Asked(baseline.test_client(), filled[0]), Asked(its.test_client(), filled[1])


def agree(baseline: Any, product: Any) -> None:
    """Equal but for what the product says of every record."""
    if isinstance(baseline, Mapping):
        assert set(product) - MORE == set(baseline) - MORE
        for key, value in baseline.items():
            agree(value, product[key])
    elif isinstance(baseline, list):
        assert len(baseline) == len(product)
        for one, other in zip(baseline, product, strict=True):
            agree(one, other)
    else:
        assert baseline == product


def test_the_package_is_without_problems() -> None:
    assert check(product.package()) == ()


def test_a_thing_is_made_read_and_changed_alike(both: tuple[Asked, Asked]) -> None:
    for n in (70, 71, 977):
        made = [
            s.ask("POST", "thing", data.thing_body(n, s.filled.customers, s.filled.warehouses)) for s in both
        ]
        assert [status for status, _ in made] == [201, 201]
        agree(made[0][1], made[1][1])
    read = [s.ask("GET", f"thing/{s.filled.things[0]}") for s in both]
    assert [status for status, _ in read] == [200, 200]
    agree(read[0][1], read[1][1])
    changed = [
        s.ask("PATCH", f"thing/{s.filled.things[0]}", data.thing_change(5), headers={"If-Match": '"1"'})
        for s in both
    ]
    assert [status for status, _ in changed] == [200, 200]
    agree(changed[0][1], changed[1][1])


def test_both_refuse_the_same(both: tuple[Asked, Asked]) -> None:
    for s in both:
        good = data.thing_body(900, s.filled.customers, s.filled.warehouses)
        assert s.ask("POST", "thing", {**good, "quantity": "-1"})[0] == 422
        assert s.ask("POST", "thing", {**good, "colour": "red"})[0] == 422
        assert s.ask("POST", "thing", {**good, "code": "T00000000"})[0] == 409
        assert (
            s.ask("PATCH", f"thing/{s.filled.things[1]}", {"rating": 1}, headers={"If-Match": '"9"'})[0]
            == 409
        )
        # The second unit's things do not exist for the first unit's clerk.
        assert s.ask("GET", f"thing/{s.filled.things[5]}")[0] == 404
        short = data.delivery_body(s.filled.items[:1], s.filled.customers[0], s.filled.warehouses[0])
        short["lines"][0]["quantity"] = "9000000"
        assert s.ask("POST", "delivery", short, query_string={"submit": "1"})[0] in {409, 422}


def test_a_page_lists_the_same_things_in_the_same_order(both: tuple[Asked, Asked]) -> None:
    where = {
        "filter": '{"field":"status","op":"=","value":"done"}',
        "sort": "-day",
        "limit": "3",
        "count": "none",
    }
    pages = [s.ask("GET", "thing", query_string=where)[1] for s in both]
    assert pages[0]["items"]
    agree(pages[0], pages[1])


def test_a_delivery_is_posted_at_the_same_cost(both: tuple[Asked, Asked]) -> None:
    for n in range(3):
        posted = []
        for s in both:
            items = s.filled.items[n * 10 : n * 10 + 10]
            body = data.delivery_body(items, s.filled.customers[n], s.filled.warehouses[n % 2])
            body["business_date"] = data.day_before(0)
            posted.append(s.ask("POST", "delivery", body, query_string={"submit": "1"}))
        assert [status for status, _ in posted] == [201, 201], posted
        agree(posted[0][1], posted[1][1])


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.key)
def test_no_two_callers_of_a_job_meet_at_the_same_record(job: Any) -> None:
    filled = data.Filled(
        [f"t{n}" for n in range(400)], [f"i{n}" for n in range(200)], ["w0", "w1"], ["c0", "c1"]
    )
    requests = [next(job.talk(Seat(n, 8, filled, "run"))) for n in range(8)]
    keys = [r.headers["Idempotency-Key"] for r in requests if "Idempotency-Key" in r.headers]
    assert len(set(keys)) == len(keys)
    if job.key in {"read", "update"}:
        assert len({r.path for r in requests}) == 8


def test_a_tiny_run_measures_both_sides(tmp_path: Path) -> None:
    size = data.Size(things=120, items=40, warehouses=2, customers=5)
    sides = (
        Baseline(f"sqlite:///{tmp_path / 'b.db'}", tmp_path),
        Product(f"sqlite:///{tmp_path / 'p.db'}", tmp_path),
    )
    jobs = [job for job in JOBS if job.key in {"update", "list_all", "post"}]
    rows = list(compare(sides, Plan(size, callers=2, rounds=1, seconds=0.2), jobs))
    assert [row.job.key for row in rows] == [job.key for job in jobs]
    for row in rows:
        assert row.ratio > 0
        assert all(side.count and side.cpu_seconds >= 0 for side in row.sides.values())
        assert row.statements["product"] >= 2
    assert len(list(database("sqlite", rows))) == len(jobs) + 4
