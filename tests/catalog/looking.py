"""Looking at an app as one of its roles does: through lists, records, reports, exports, ledgers and search."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builder.app import create_app
from builder.commands import SaveUser
from builder.metadata.entity import Entity, Field
from builder.metadata.package import Package
from builder.runtime.auth import sign_in
from builder.runtime.installing import template
from builder.runtime.scenarios import Runner, words
from tests.api.caller import Caller
from tests.runtime.world import PASSWORD, WS, World

NUMBERS = frozenset({"money", "decimal", "percent", "quantity"})
LOOKED_AT = 3
"""Records of each entity that are opened."""

CLAIMS = frozenset({"expense", "staff_advance"})
OWN = {"field": "owner", "op": "=", "value": {"actor": "id"}}


@dataclass(frozen=True)
class Secrets:
    """Which figures somebody must not see: by their names, and whether all money is one. ``but`` names what is none all the same."""

    names: re.Pattern[str]
    money: bool = False
    but: frozenset[str] = frozenset()

    def has(self, key: str, type: str) -> bool:
        """Whether a figure of that name and type is secret."""
        if key in self.but or type not in NUMBERS:
            return False
        return (self.money and type == "money") or self.names.search(key) is not None


PRICES = Secrets(
    re.compile(
        r"price|cost|amount|total$|^net$|^tax$|margin|profit|^fee|wage|hour_rate|stock_value|estimate|credit_limit"
    ),
    money=True,
)
COSTS = Secrets(
    re.compile(r"cost|margin|profit|purchase_price|stock_value|difference_value|lost_value|wage|overhead")
)


@dataclass
class Stage:
    """A template's app after one of its scenarios, with a caller for every role."""

    package: Package
    app: str
    callers: dict[str, Caller]

    @property
    def boss(self) -> Caller:
        return self.callers["boss"]

    @cached_property
    def all_at_first(self) -> Look:
        """What there was when a test first asked for it, as the boss sees it."""
        return Look(self, self.boss)


def staged(world: World, key: str, scenario: str) -> Stage:
    """The template after that scenario. The people who play its roles can sign in."""
    package = template(key).package
    runner = Runner(world.engine, package)
    for role in package.roles:
        login = f"as-{role.key}".replace("_", "-")
        world.send(SaveUser(login, role.key, password=PASSWORD, is_admin=False))
        runner.people[role.key] = login
    played = next(s for s in package.scenarios if s.key == scenario)
    result = runner.run(played)
    assert result.passed, words(result, "en")
    flask = create_app(world.engine)
    tokens = {key: sign_in(world.engine, WS, login, PASSWORD).token for key, login in runner.people.items()}
    return Stage(package, f"s1_{scenario}"[:60], {k: Caller(flask, token) for k, token in tokens.items()})


@dataclass
class Look:
    """What one role sees of the app. Lists are read once: who changes something looks anew."""

    stage: Stage
    caller: Caller

    def __post_init__(self) -> None:
        self.path = f"/apps/{self.stage.app}"
        self.package = self.stage.package
        self._lists: dict[str, list[Any] | None] = {}

    def entities(self) -> Iterator[Entity]:
        """Those whose list it may open."""
        for entity in self.package.entities:
            if entity.kind != "lines" and self._list(entity.key) is not None:
                yield entity

    def rows(self, entity: str) -> list[Any]:
        rows = self._list(entity)
        assert rows is not None, f"the list of {entity} is closed"
        return rows

    def _list(self, entity: str) -> list[Any] | None:
        """The rows of its list; None where it may not open it."""
        if entity not in self._lists:
            answer = self.caller.get(f"{self.path}/{entity}", {"limit": 200})
            self._lists[entity] = answer.get_json()["items"] if answer.status_code == 200 else None
        return self._lists[entity]

    def records(self, entity: str) -> Iterator[Any]:
        for row in self.rows(entity)[:LOOKED_AT]:
            yield self.caller.read(f"{self.path}/{entity}/{row['id']}")

    def exported(self, entity: str) -> list[list[str]] | None:
        """The rows of an export with their head; None where it may not export."""
        answer = self.caller.get(f"{self.path}/exports/{entity}", {"format": "csv"})
        return _cells(answer.data) if answer.status_code == 200 else None

    def reports(self) -> Iterator[tuple[str, Any]]:
        """The reports that it may open."""
        for report in self.package.reports:
            answer = self.caller.get(f"{self.path}/reports/{report.key}", {"limit": 500})
            if answer.status_code == 200:
                yield report.key, answer.get_json()

    def report_file(self, report: str) -> list[list[str]]:
        return _cells(self.caller.get(f"{self.path}/reports/{report}", {"format": "csv"}).data)

    def found(self, text: str) -> str:
        """The page of what a search finds; of the record, where the text is the code of one alone."""
        headers = {"Authorization": f"Bearer {self.caller.token}", "Accept-Language": "zh-CN"}
        browser = self.caller.app.test_client()
        answer = browser.get("/search", query_string={"q": text}, headers=headers, follow_redirects=True)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def everything(self, *, but: str = "") -> str:
        """All that it gets to read, as one text, without the entity ``but``."""
        told: list[str] = []
        for entity in self.entities():
            if entity.key == but:
                continue
            told += [str(row) for row in self.rows(entity.key)]
            told += [str(record) for record in self.records(entity.key)]
            told.append(str(self.exported(entity.key)))
        told += [str(body) for _, body in self.reports()]
        for ledger in self.package.ledgers:
            for what in ("balances", "entries"):
                answer = self.caller.get(f"{self.path}/ledgers/{ledger.key}/{what}")
                told.append(answer.get_data(as_text=True) if answer.status_code == 200 else "")
        return "\n".join(told)


def _cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def leaks(look: Look, secrets: Secrets) -> list[str]:
    """Where the role sees what it must not."""
    return [*_of_entities(look, secrets), *_of_reports(look, secrets), *_of_ledgers(look, secrets)]


def _secret(look: Look, entity: Entity, secrets: Secrets) -> dict[str, Field]:
    return {f.key: f for f in entity.fields if secrets.has(f.key, f.type)}


def _is_own_claim(look: Look, entity: Entity) -> bool:
    """Whether the role sees of it only what its people claim for themselves: their own money is no secret."""
    role = next(key for key, caller in look.stage.callers.items() if caller is look.caller)
    grants = (g for r in look.package.roles if r.key == role for g in r.grants)
    return entity.key in CLAIMS and any(g.entity == entity.key and g.scope == OWN for g in grants)


def _of_entities(look: Look, secrets: Secrets) -> Iterator[str]:
    for entity in look.entities():
        if _is_own_claim(look, entity):
            continue
        hidden = _secret(look, entity, secrets)
        seen = {key for row in look.rows(entity.key) for key in row}
        yield from (f"list {entity.key}.{key}" for key in seen & hidden.keys())
        for record in look.records(entity.key):
            yield from (f"record {entity.key}.{key}" for key in record.keys() & hidden.keys())
            yield from _of_lines(look, entity, record, secrets)
        yield from _of_export(look, entity, hidden)
        yield from _of_probes(look, entity, hidden)


def _of_lines(look: Look, entity: Entity, record: Any, secrets: Secrets) -> Iterator[str]:
    for field in entity.fields:
        lines = look.package.entity(field.entity or "") if field.type == "lines" else None
        if lines is None or field.key not in record:
            continue
        seen = {key for line in record[field.key] for key in line}
        hidden = _secret(look, lines, secrets)
        yield from (f"record {entity.key}.{field.key}.{key}" for key in seen & hidden.keys())


def _of_export(look: Look, entity: Entity, hidden: dict[str, Field]) -> Iterator[str]:
    rows = look.exported(entity.key)
    shown = {_zh(f) for f in entity.fields if f.key not in hidden}
    heads = {cell for row in (rows or [])[:2] for cell in row}
    yield from (f"export {entity.key}.{f.key}" for f in hidden.values() if _zh(f) in heads - shown)


def _of_probes(look: Look, entity: Entity, hidden: dict[str, Field]) -> Iterator[str]:
    """What is hidden is not to be found out by filters or by an order either."""
    for field in hidden.values():
        path = f"{look.path}/{entity.key}"
        filtered = f'{{"field": "{field.key}", "op": ">", "value": "0"}}'
        if look.caller.get(path, {"filter": filtered}).status_code == 200:
            yield f"filter {entity.key}.{field.key}"
        if look.caller.get(path, {"sort": f"-{field.key}"}).status_code == 200:
            yield f"sort {entity.key}.{field.key}"


def _of_reports(look: Look, secrets: Secrets) -> Iterator[str]:
    for key, body in look.reports():
        hidden = [c for c in body["columns"] if secrets.has(c["key"].rpartition(".")[2], c["type"])]
        yield from (f"report {key}.{column['key']}" for column in hidden)
        heads = {cell for row in look.report_file(key)[:5] for cell in row}
        labels = {c["label"]["zh-CN"] for c in hidden if isinstance(c["label"], dict)}
        yield from (f"report file {key}: {label}" for label in labels & heads)


def _of_ledgers(look: Look, secrets: Secrets) -> Iterator[str]:
    for ledger in look.package.ledgers:
        for what in ("balances", "entries"):
            answer = look.caller.get(f"{look.path}/ledgers/{ledger.key}/{what}")
            rows = answer.get_json()["items"] if answer.status_code == 200 else []
            seen = {measure for row in rows for measure in row["measures"]}
            types = {m.key: "money" if m.kind == "value" else "quantity" for m in ledger.measures}
            yield from (f"{what} {ledger.key}.{m}" for m in seen if secrets.has(m, types.get(m, "quantity")))


def _zh(field: Field) -> str:
    return field.label["zh-CN"] if isinstance(field.label, dict) else str(field.label)
