"""An office that works with the product: the template ``general`` on an empty database, its people, and what they ask of its HTTP API."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.growth import empty_url
from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.goods import CUSTOMERS, ITEMS, RATE, SUPPLIERS, WAREHOUSES
from benchmarks.twin.outside import FIRST
from builder.app import create_app
from builder.cli.opening import opened
from builder.clock import FixedClock
from builder.config import Settings
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, template
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from builder.runtime.verifying import verify_all

WS = 1
APP = "general"
PASSWORD = "Right-Horse-7-Battery"
DATA = frozenset({"people", "units", "item_categories", "reasons", "accounts", "warehouses"})
PEOPLE = ("owner", "salesmgr", "sales", "buyer", "keeper", "finance")
MORNING, NOON, EVENING = 8 * 60 + 30, 12 * 60, 17 * 60 + 30
"""Minutes of the day."""
CHINA = ZoneInfo("Asia/Shanghai")

Row = Mapping[str, Any]


class RefusedError(Exception):
    """The product said no; with the codes of its problems."""

    def __init__(self, status: int, body: Row) -> None:
        super().__init__(f"{status} {json.dumps(body, ensure_ascii=False)[:600]}")
        self.status = status
        self.codes = (*(problem["code"] for problem in body.get("errors", ())), body.get("code", ""))


class Office:
    def __init__(self, engine: Engine, clock: FixedClock) -> None:
        self._engine, self._clock = engine, clock
        self._web = create_app(engine)
        self._tokens: dict[str, str] = {}
        self.requests = 0
        self.refused: defaultdict[str, int] = defaultdict(int)
        """How often the product said no, by the code of its first problem."""

    def at(self, day: date, minute: int) -> None:
        """Set the clock, and let what waits for it happen."""
        moment = datetime.combine(day, time(minute // 60, minute % 60), CHINA)
        self._clock.set(moment.astimezone(UTC))

    def sign_in(self) -> None:
        self._tokens = {who: sign_in(self._engine, WS, who, PASSWORD).token for who in PEOPLE}

    def tick(self) -> None:
        """What the clock owes is done, and what follows from what was done."""
        Scheduler(self._engine, WS).run_schedules()
        Relay(self._engine, WS).drain()

    def verified(self) -> int:
        """How many findings ``builder verify`` has: balances against entries, the chain over all commands."""
        return len(verify_all(self._engine).findings)

    def send(self, who: str, method: str, path: str, body: Any = None, query: Row | None = None) -> Any:
        """The answer to one request of a person; ``RefusedError`` where the product says no."""
        self.requests += 1
        client = self._web.test_client(use_cookies=False)
        answer = client.open(
            f"/api/v1/apps/{APP}{path}" if path.startswith("/") else f"/api/v1/{path}",
            method=method,
            headers={"Authorization": f"Bearer {self._tokens[who]}"},
            query_string=query,
            **({} if body is None else {"json": body}),
        )
        told = answer.get_json(silent=True) or {}
        if answer.status_code >= 400:
            error = RefusedError(answer.status_code, told)
            self.refused[error.codes[0]] += 1
            raise error
        return told

    def make(self, who: str, entity: str, values: Row) -> str:
        return str(self.send(who, "POST", f"/{entity}", values)["id"])

    def read(self, who: str, entity: str, id: str) -> Row:
        found: Row = self.send(who, "GET", f"/{entity}/{id}")
        return found

    def change(self, who: str, entity: str, id: str, values: Row) -> None:
        self.send(who, "PATCH", f"/{entity}/{id}", values)

    def move(self, who: str, entity: str, id: str, *transitions: str) -> None:
        for transition in transitions:
            self.send(who, "POST", f"/{entity}/{id}/transitions/{transition}", {})

    def convert(self, who: str, entity: str, id: str, conversion: str) -> str:
        return str(self.send(who, "POST", f"/{entity}/{id}/conversions/{conversion}", {})["id"])

    def list(self, who: str, entity: str, *conditions: Row, fields: str = "id") -> list[Row]:
        """All records that meet the conditions: their ids, and of their fields those that are named."""
        where = {"and": list(conditions)}
        found: list[Row] = []
        query: dict[str, Any] = {"filter": json.dumps(where), "limit": 200, "fields": fields}
        while True:
            page = self.send(who, "GET", f"/{entity}", query=query)
            found += page["items"]
            if not page.get("next"):
                return found
            query["cursor"] = page["next"]

    def decide(self, entity: str, id: str) -> None:
        """Approve: tasks of the record one after the other, each by the person who has it, and the transition where there are none."""
        asked = False
        for who in ("finance", "owner", "finance", "owner"):
            for task in self.send(who, "GET", "tasks")["items"]:
                if task["record"] == id:
                    asked = True
                    self.send(who, "POST", f"tasks/{task['id']}/approve", {})
        if not asked and self.read("owner", entity, id)["state"] == "submitted":
            self.move("owner", entity, id, "approve")


def where(field: str, op: str, value: Any) -> Row:
    return {"field": field, "op": op, "value": value}


@contextmanager
def office(plan: Assumptions, database: str = "sqlite") -> Iterator[tuple[Office, Mapping[str, str]]]:
    """An office with its masters, and the ids of warehouses, items and partners by code."""
    clock = FixedClock(datetime.combine(FIRST, time(7), CHINA).astimezone(UTC))
    with (
        tempfile.TemporaryDirectory(prefix="zhanggui-twin-") as folder,
        empty_url(database, Path(folder)) as url,
        opened(Settings(database=url, var=folder), clock, migrate=True) as engine,
    ):
        passwords: defaultdict[str, str] = defaultdict(lambda: PASSWORD)
        package = template(APP).package
        Installer(engine, system(WS)).install(package, APP, passwords=passwords, only=DATA)
        made = Office(engine, clock)
        made.sign_in()
        yield made, _masters(plan, made)


def _masters(plan: Assumptions, desk: Office) -> dict[str, str]:
    ids = {
        row["code"]: row["id"]
        for row in desk.list("owner", "warehouse", fields="code")
        if row["code"] in WAREHOUSES
    }
    units = {row["code"]: row["id"] for row in desk.list("owner", "unit", fields="code")}
    categories = {row["code"]: row["id"] for row in desk.list("owner", "item_category", fields="code")}
    for key, value in {
        "shortage_policy": "backorder", "shortage_lead_days": plan.wait, "review_days": plan.review_days,
        "price_tax_included": False, "loss_photo_from": "500",
    }.items():  # fmt: skip
        desk.send("owner", "PUT", f"/settings/{key}", {"value": value})
    for code, days in SUPPLIERS.items():
        ids[code] = desk.make("owner", "partner", {"code": code, "name": f"供应商 {code}", "is_customer": False, "is_supplier": True, "lead_days": days})  # fmt: skip
    seller = desk.send("sales", "GET", "me")["id"]
    for n in range(CUSTOMERS):
        code, name = f"KH{n:02d}", f"客户 {n + 1}"
        ids[code] = desk.make("owner", "partner", {"code": code, "name": name, "credit_days": 90, "salesman": seller})  # fmt: skip
    for item in ITEMS:
        ids[item.code] = desk.make(
            "owner", "item",
            {
                "code": item.code, "name": item.name, "category": categories[item.category], "base_unit": units[item.unit],
                "tax_rate": str(RATE), "purchase_price": str(item.buy), "sale_price": str(item.sell), "supplier": ids[item.supplier],
                "lead_days": SUPPLIERS[item.supplier], "safety_method": "days", "safety_days": plan.safety_days,
            },
        )  # fmt: skip
    return ids
