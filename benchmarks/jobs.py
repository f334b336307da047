"""Jobs: the rows of work that are measured. A job is a conversation: it yields requests and is told each answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks import data
from benchmarks.client import Answer

ROOT = "/api/v1/apps/bench"
LINES = 10
PAGE = "50"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


Talk = Generator[Request, Answer, None]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one of the callers sits: the number of the caller, of how many, what there is, and a word that no other run uses."""

    caller: int
    callers: int
    filled: data.Filled
    run: str

    @property
    def unit(self) -> int:
        return self.caller % data.UNITS

    def key(self, n: int) -> dict[str, str]:
        return {"Idempotency-Key": f"{self.run}-{self.caller}-{n}"}


@dataclass(frozen=True, slots=True)
class Job:
    """``bar``: the least ratio of the baseline's throughput, or (``of`` "p95") the most of its 95th percentile."""

    key: str
    label: str
    talk: Callable[[Seat], Talk]
    bar: str = ""
    of: str = "throughput"
    as_manager: bool = False


def create(seat: Seat) -> Talk:
    for n in itertools.count():
        number = n * seat.callers + seat.caller
        body = data.thing_body(number, seat.filled.customers, seat.filled.warehouses, prefix=f"{seat.run}-")
        yield Request("POST", f"{ROOT}/thing", body, headers=seat.key(n))


def read(seat: Seat) -> Talk:
    for id in itertools.cycle(_own(seat)):
        yield Request("GET", f"{ROOT}/thing/{id}")


def update(seat: Seat) -> Talk:
    """Change what was just read; the version that was seen goes along."""
    versions: dict[str, int] = {}
    own = _own(seat)
    for id in own:
        answer = yield Request("GET", f"{ROOT}/thing/{id}")
        versions[id] = answer.json["version"]
        if len(versions) == UPDATED:
            break
    for n, id in enumerate(itertools.cycle(versions)):
        headers = {**seat.key(n), "If-Match": f'"{versions[id]}"'}
        answer = yield Request(
            "PATCH", f"{ROOT}/thing/{id}", data.thing_change(n * 7 + seat.caller), headers=headers
        )
        versions[id] = answer.json["version"]


UPDATED = 20
"""Things that one caller changes in turn; reading them first is part of the warming."""


def list_page(seat: Seat) -> Talk:
    for status in itertools.cycle(data.STATUSES):
        where = orjson.dumps({"field": "status", "op": "=", "value": status}).decode()
        yield Request(
            "GET", f"{ROOT}/thing", query={"filter": where, "sort": "-day", "limit": PAGE, "count": "none"}
        )


def post_spread(seat: Seat) -> Talk:
    """Every caller has items of its own."""
    items = seat.filled.items
    share = len(items) // seat.callers
    own = items[seat.caller * share : (seat.caller + 1) * share]
    return _post(seat, own)


def post_hot(seat: Seat) -> Talk:
    """All callers move the same ten items."""
    return _post(seat, seat.filled.items[:LINES])


def _post(seat: Seat, items: Any) -> Talk:
    filled = seat.filled
    for n in itertools.count():
        chosen = [items[(n * LINES + k) % len(items)] for k in range(LINES)]
        customer = filled.customers[(n * seat.callers + seat.caller) % len(filled.customers)]
        body = data.delivery_body(chosen, customer, filled.warehouses[n % len(filled.warehouses)])
        yield Request("POST", f"{ROOT}/delivery", body, {"submit": "1"}, seat.key(n))


def _own(seat: Seat) -> list[str]:
    """The caller's share of the things of its clerk: no two callers change the same one."""
    same = [c for c in range(seat.callers) if c % data.UNITS == seat.unit]
    return seat.filled.things_of(seat.unit)[same.index(seat.caller) :: len(same)]


JOBS = (
    Job("create", "create one record (20 fields)", create, "≥ 0.7"),
    Job("read", "read one record", read, "≥ 0.7"),
    Job("update", "update one record", update, "≥ 0.7"),
    Job("list", "list page: filter + sort, 50 records, row scope on", list_page, "≤ 1.5", of="p95"),
    Job("list_all", "the same without row scope", list_page, of="p95", as_manager=True),
    Job("post", "post a 10-line delivery, each caller on its own items", post_spread, "≥ 0.6"),
    Job("post_hot", "the same, all callers on the same ten items", post_hot),
)
