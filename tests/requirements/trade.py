"""The general template behind its API on SQLite, with somebody for every role: what the rows of the checklist are tried on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from builder.app import create_app
from builder.clock import FixedClock
from builder.config import Settings
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, template
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from builder.storage.database import Database
from tests.api.caller import Caller, good
from tests.runtime.world import PASSWORD, START, WS, World, open_world

SHANGHAI = ZoneInfo("Asia/Shanghai")
APP = "/apps/general"
ROLES = ("boss", "sales_manager", "sales", "buyer", "keeper", "finance")
DATA = frozenset({"units", "item_categories", "reasons", "accounts"})


@dataclass
class Trade:
    """``ids`` names what is there from the start: a warehouse, a customer, a supplier, an item."""

    world: World
    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Caller:
        """The caller of a role."""
        if name.startswith("_") or name not in self.callers:
            raise AttributeError(name)
        return self.callers[name]

    def at(self, text: str) -> None:
        """Set the clock to a moment in China."""
        self.world.clock.set(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC))
        for role, caller in self.callers.items():
            caller.token = sign_in(self.world.engine, WS, role.replace("_", "-"), PASSWORD).token

    def tick(self) -> list[Mapping[str, Any]]:
        """What the clock owes is done and what waits is told; everything that was told."""
        Scheduler(self.world.engine, WS).run_schedules()
        return self.told()

    def told(self) -> list[Mapping[str, Any]]:
        """What has waited is told."""
        return [d.body for d in Relay(self.world.engine, WS).drain() if d.kind == "notification"]

    def make(self, entity: str, values: Mapping[str, Any], who: str = "boss") -> Any:
        return self.callers[who].make(f"{APP}/{entity}", values)

    def read(self, entity: str, id: str, who: str = "boss") -> Any:
        return self.callers[who].read(f"{APP}/{entity}/{id}")

    def all(self, entity: str, **query: Any) -> list[Any]:
        return list(self.boss.read(f"{APP}/{entity}", {"limit": 500, **query})["items"])

    def move(self, entity: str, id: str, *transitions: str, who: str = "boss") -> Any:
        """Fire one transition after the other; the last answer."""
        answer = None
        for transition in transitions:
            answer = good(self.callers[who].post(f"{APP}/{entity}/{id}/transitions/{transition}", {}))
        return answer

    def convert(self, entity: str, id: str, conversion: str, who: str = "boss") -> Any:
        return self.callers[who].post(f"{APP}/{entity}/{id}/conversions/{conversion}", {})

    def setting(self, key: str, value: Any) -> None:
        good(self.boss.put(f"{APP}/settings/{key}", {"value": value}))

    def item(self, code: str, name: str = "东北大米", **values: Any) -> str:
        """A new item; its id."""
        body = {
            "code": code,
            "name": name,
            "category": self.ids["category"],
            "base_unit": self.ids["unit"],
            "tax_rate": "9",
            "sale_price": "20.00",
            "purchase_price": "10.00",
        }
        return str(self.make("item", {**body, **values})["id"])

    def lines(self, *pairs: tuple[str, Any], price: str = "10.00") -> list[Mapping[str, Any]]:
        return [{"item": item, "quantity": str(quantity), "price": price} for item, quantity in pairs]

    def receive(self, item: str, quantity: Any, price: str = "10.00", **values: Any) -> Any:
        """A draft receipt."""
        body = {"supplier": self.ids["supplier"], "warehouse": self.ids["warehouse"], **values}
        return self.make("receipt", {**body, "lines": self.lines((item, quantity), price=price)})

    def received(self, item: str, quantity: Any, price: str = "10.00", **values: Any) -> Any:
        """An approved receipt."""
        made = self.receive(item, quantity, price, **values)
        self.move("receipt", made["id"], "approve")
        return made

    def deliver(self, item: str, quantity: Any, **values: Any) -> Any:
        """A draft delivery."""
        body = {"customer": self.ids["customer"], "warehouse": self.ids["warehouse"], **values}
        return self.make("delivery", {**body, "lines": self.lines((item, quantity), price="20.00")})

    def delivered(self, item: str, quantity: Any, **values: Any) -> Any:
        """An approved delivery."""
        made = self.deliver(item, quantity, **values)
        self.move("delivery", made["id"], "approve")
        return made

    def order(self, *pairs: tuple[str, Any], who: str = "boss", **values: Any) -> Any:
        """A draft sales order."""
        body = {"customer": self.ids["customer"], "warehouse": self.ids["warehouse"], **values}
        return self.make("sales_order", {**body, "lines": self.lines(*pairs, price="20.00")}, who)

    def stock(self, item: str, measure: str = "on_hand", warehouse: str = "warehouse") -> str:
        """A total of the stock ledger, as the API tells it, without zeros behind the point that say nothing."""
        where = {"and": [equal("item", item), equal("warehouse", self.ids[warehouse])]}
        query = {"filter": json.dumps(where), "group": "item,warehouse"}
        rows = self.boss.read(f"{APP}/ledgers/stock/balances", query)["items"]
        total = sum((Decimal(row["measures"][measure]) for row in rows), Decimal(0))
        return f"{total.normalize():f}"

    def entries(self, ledger: str, **query: Any) -> list[Any]:
        return list(self.boss.read(f"{APP}/ledgers/{ledger}/entries", {"limit": "500", **query})["items"])


def equal(field: str, value: Any) -> dict[str, Any]:
    """A filter on one field."""
    return {"field": field, "op": "=", "value": value}


def _fill(url: str, folder: Path) -> dict[str, Any]:
    """The template with its reference data and what is there from the start; tokens and ids."""
    world = open_world(url, folder)
    Installer(world.engine, world.actor).install(template("general").package, "general", only=DATA)
    world.app = "general"
    for role in ROLES:
        world.person(role.replace("_", "-"), role, admin=role == "boss")
    tokens = {role: sign_in(world.engine, WS, role.replace("_", "-"), PASSWORD).token for role in ROLES}
    app = create_app(world.engine)
    trade = Trade(world, {role: Caller(app, token) for role, token in tokens.items()})
    warehouse = trade.make("warehouse", {"code": "T1", "name": "测试一仓", "type": "central"})["id"]
    other = trade.make("warehouse", {"code": "T2", "name": "测试二仓", "type": "forward"})["id"]
    buyer = {"code": "C1", "name": "测试客户", "credit_days": 30, "address": "虹口区四平路 1 号"}
    customer = trade.make("partner", {**buyer, "salesman": trade.sales.read("/me")["id"]})
    supplier = {
        "code": "S1",
        "name": "测试供应商",
        "is_customer": False,
        "is_supplier": True,
        "credit_days": 30,
    }
    trade.ids = {
        "warehouse": warehouse,
        "other": other,
        "customer": customer["id"],
        "supplier": trade.make("partner", supplier)["id"],
        "unit": trade.all("unit")[0]["id"],
        "category": trade.all("item_category")[-1]["id"],
    }
    trade.ids |= {row["scope"]: row["id"] for row in trade.all("reason")}
    trade.ids["item"] = trade.item("RICE")
    ids = dict(trade.ids)
    world.engine.database.close()
    return {"tokens": tokens, "ids": ids, "apps": world.engine.apps}


@dataclass
class Original:
    """Made once, copied for every test."""

    folder: Path

    def __post_init__(self) -> None:
        self.kept = _fill(f"sqlite:///{self.folder}/zhanggui.db", self.folder)

    @contextmanager
    def copy(self, folder: Path, **settings: Any) -> Iterator[Trade]:
        """A copy of its own, which writes freely."""
        shutil.copy(self.folder / "zhanggui.db", folder / "zhanggui.db")
        url = f"sqlite:///{folder}/zhanggui.db"
        own = Settings(database=url, var=str(folder), **settings)
        # What was loaded of the original holds for its copy.
        engine = Engine(own, Database.open(url), FixedClock(START), self.kept["apps"].copy())
        app = create_app(engine)
        callers = {role: Caller(app, token) for role, token in self.kept["tokens"].items()}
        try:
            yield Trade(World(engine, "general"), callers, dict(self.kept["ids"]))
        finally:
            engine.database.close()
