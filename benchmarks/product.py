"""The product's side: fills an empty database through its own commands, as an implementer would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import data
from builder.cli.opening import opened
from builder.commands import Actor, CreateRecord, GrantRole, InstallApp, SaveOrgUnit, SaveUser, WriteRecords
from builder.config import Settings
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.storage import accounts

APP = "bench"
WS = 1
CHUNK = 1000
PACKAGE = Path(__file__).parent / "package"


def settings_of(url: str, folder: Path) -> Settings:
    """Defaults of the product but for the place of its data."""
    return Settings(database=url, var=str(folder))


def package() -> Package:
    """The package that is measured. Raises ``ValueError`` where anything is wrong with it."""
    found, problems = load(PACKAGE)
    if found is None or problems:
        raise ValueError(f"benchmarks/package: {problems}")
    return found


def fill(url: str, folder: Path, size: data.Size) -> data.Filled:
    """Everything that ``size`` says. Accounts: ``clerk0`` … (each sees their own org unit) and ``manager`` (sees all)."""
    with opened(settings_of(url, folder), migrate=True) as engine:
        filled = Filling(engine).fill(size)
        with engine.database.maintenance() as conn:
            conn.execute(text("ANALYZE"))
    return filled


class Filling:
    """One filling of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._send = Dispatcher(engine)
        self._system = system(WS)

    def fill(self, size: data.Size) -> data.Filled:
        found = package()
        self._send(self._system, InstallApp(APP, found.nodes))
        clerks = self._people()
        names: dict[str, Iterable[Mapping[str, Any]]] = {
            "item": ({"code": data.item_code(n), "name": f"商品 {n}"} for n in range(size.items)),
            "warehouse": (
                {"code": data.warehouse_code(n), "name": f"仓库 {n}", "allow_negative": False}
                for n in range(size.warehouses)
            ),
            "customer": (
                {"code": data.customer_code(n), "name": f"客户 {n}", "credit_limit": data.CREDIT_LIMIT}
                for n in range(size.customers)
            ),
        }
        ids = {entity: self._write(self._system, entity, rows) for entity, rows in names.items()}
        things = self._things(size.things, clerks, ids["customer"], ids["warehouse"])
        for body in data.receipt_bodies(ids["item"], ids["warehouse"]):
            self._send(self._system, CreateRecord(APP, "receipt", body, submit=True))
        return data.Filled(things, ids["item"], ids["warehouse"], ids["customer"])

    def _people(self) -> list[Actor]:
        """Org units and accounts with their roles; the clerks in order."""
        for n in range(data.UNITS):
            self._send(self._system, SaveOrgUnit(data.unit_key(n), data.unit_key(n)))
        clerks = [self._person(login, "clerk", data.unit_key(n)) for n, login in enumerate(data.CLERKS)]
        self._person(data.MANAGER, "manager", data.unit_key(0))
        return clerks

    def _person(self, login: str, role: str, unit: str) -> Actor:
        answer = self._send(self._system, SaveUser(login, login, password=data.PASSWORD, org_unit=unit))
        id = self._engine.database.read_id(answer["id"])
        assert id is not None
        self._send(self._system, GrantRole(APP, id, role))
        with self._engine.database.snapshot() as conn:
            user = accounts.user(conn, WS, id)
        assert user is not None
        return actor_of(WS, user)

    def _things(
        self, count: int, clerks: Sequence[Actor], customers: list[str], warehouses: list[str]
    ) -> list[str]:
        made: dict[int, str] = {}
        for clerk, numbers in _by_clerk(count, clerks):
            ids = self._write(clerk, "thing", (data.thing_body(n, customers, warehouses) for n in numbers))
            made.update(zip(numbers, ids, strict=True))
        return [made[n] for n in range(count)]

    def _write(self, actor: Actor, entity: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        ids: list[str] = []
        left = iter(rows)
        while chunk := tuple(islice(left, CHUNK)):
            answer = self._send(actor, WriteRecords(APP, entity, chunk))
            ids.extend(row["id"] for row in answer["results"])
        return ids


def _by_clerk(count: int, clerks: Sequence[Actor]) -> Iterator[tuple[Actor, list[int]]]:
    """The numbers of things per clerk who owns them."""
    for unit, clerk in enumerate(clerks):
        numbers = [n for n in range(count) if data.unit_of_thing(n) == unit]
        if numbers:
            yield clerk, numbers
