"""What-if: a rule, an approval and a whole draft against 10,000 records that happened, inside one process.

``python -m benchmarks.what_if`` fills an empty database of each kind with orders (each made, changed and submitted through the door), edits the
draft, and says how long each comparison takes. ``--records 1000`` measures less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from benchmarks import machine
from benchmarks.data import PASSWORD
from benchmarks.growth import engine_on
from benchmarks.run import DATABASES
from builder.commands import CreateRecord, FireTransition, GrantRole, InstallApp, SaveDraft, SaveUser
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.runtime.trying.history import Ask, over_history

APP = "orders"
BAR = 30.0
"""Seconds that 10,000 records may take."""
CUSTOMERS = 200
Nodes = dict[tuple[str, str], dict[str, Any]]


def nodes() -> Nodes:
    """Orders with lines, a rule of each timing, an approval from an amount on."""
    order = [
        _field("order", "number", "text", required=True, unique=True),
        _field("order", "customer", "reference", entity="customer"),
        _field("order", "total", "money", formula="SUM(lines.amount)"),
        _field("order", "urgency", "text"),
        _field("order", "lines", "lines", entity="order_line"),
    ]
    line = [
        _field("order_line", "what", "text"),
        _field("order_line", "quantity", "quantity"),
        _field("order_line", "price", "money"),
        _field("order_line", "amount", "money", formula="quantity * price"),
    ]
    customer = [_field("customer", "name", "text", required=True), _field("customer", "level", "text")]
    return {
        ("app", "app"): {"uid": "o.app", "key": APP, "label": "Orders", "version": "1.0.0"},
        ("entity", "customer"): _entity("customer", "master", customer, "name"),
        ("entity", "order"): _entity("order", "document", order, "number"),
        ("entity", "order_line"): {**_entity("order_line", "lines", line, "what"), "parent": "order"},
        ("entity", "task"): _entity("task", "master", [_field("task", "what", "text")], "what"),
        ("workflow", "order"): _workflow(),
        ("rule", "rush"): _rule("rush", "before", "record_created", "set", "customer.level == 'A'", values={"urgency": "'high'"}),
        ("rule", "look"): _rule("look", "now", "transition", "create", "total > 500", entity="task", values={"what": "number"}),
        ("roles", "roles"): {"roles": [{"uid": "o.boss", "key": "boss", "label": "Boss", "all_entities": True}]},
    }  # fmt: skip


def _field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


def _entity(key: str, kind: str, fields: list[Any], title: str) -> dict[str, Any]:
    return {"uid": key, "key": key, "kind": kind, "label": key.title(), "title": title, "fields": fields}


def _rule(key: str, timing: str, kind: str, do: str, condition: str, **more: Any) -> dict[str, Any]:
    when = {"kind": kind, "entity": "order"}
    then = [{"uid": f"rule.{key}.do", "kind": do, **more}]
    return {"uid": f"rule.{key}", "key": key, "label": key.title(), "when": when, "timing": timing, "if": condition, "then": then}  # fmt: skip


def _workflow(when: str = "total >= 800") -> dict[str, Any]:
    node = {"uid": "o.w.boss", "kind": "approver", "label": "Boss", "approvers": [{"role": "boss"}], "mode": "any", "nobody": "app_owner"}  # fmt: skip
    approval = {"uid": "o.w.approval", "rejects_by": "reject", "when": when, "nodes": [node]}
    states = [{"uid": f"o.w.{key}", "key": key, "label": key.title()} for key in ("draft", "sent", "done")]
    moves = [("submit", "draft", "sent", {}), ("approve", "sent", "done", {"approval": approval}), ("reject", "sent", "draft", {})]  # fmt: skip
    transitions = [
        {"uid": f"o.w.{key}.t", "key": key, "label": key.title(), "from": [from_], "to": to, **more}
        for key, from_, to, more in moves
    ]
    return {"uid": "o.w", "key": "order", "entity": "order", "initial": "draft", "states": states, "transitions": transitions}  # fmt: skip


class Office:
    """Orders of one month behind one door."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.actor = system(1)
        self.send = Dispatcher(engine)
        self.send(self.actor, InstallApp(APP, nodes()))
        boss = self._id(self.send(self.actor, SaveUser("boss", "Boss", password=PASSWORD)))
        self.send(self.actor, GrantRole(APP, boss, "boss"))

    def fill(self, records: int) -> None:
        customers = [
            self._made("customer", {"name": f"Customer {n}", "level": "AB"[n % 2]}) for n in range(CUSTOMERS)
        ]
        for n in range(records):
            lines = [{"what": f"Thing {k}", "quantity": str(k + 1), "price": str(n % 150)} for k in range(3)]
            values = {"number": f"O{n:06d}", "customer": customers[n % CUSTOMERS], "lines": lines}
            id = self._made("order", values)
            self.send(self.actor, FireTransition(APP, "order", id, "submit"))

    def _made(self, entity: str, values: Mapping[str, Any]) -> int:
        return self._id(self.send(self.actor, CreateRecord(APP, entity, values)))

    def _id(self, answer: Mapping[str, Any]) -> int:
        found = self.engine.database.read_id(answer["id"])
        assert found is not None
        return found

    def edit(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        self.send(self.actor, SaveDraft(APP, kind, key, {**nodes()[kind, key], **body}))

    def compare(self, kind: str, key: str = "", transition: str = "") -> tuple[float, int, int]:
        """Seconds, records looked at, moments that differ."""
        now = self.engine.clock.now()
        ask = Ask(APP, kind, key, now - timedelta(days=30), now + timedelta(minutes=1), transition)
        began = time.perf_counter()
        tally = over_history(self.engine, self.actor, ask)
        return time.perf_counter() - began, tally.records, tally.differs


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_if", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--records", type=int, default=10_000)
    args = parser.parse_args(argv)
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print(
        "\n| database | what | records | differ | seconds | bar |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    for name in args.database or DATABASES:
        with engine_on(name) as engine:
            _measure(name, Office(engine), args.records)


def _measure(name: str, office: Office, records: int) -> None:
    office.fill(records)
    office.edit("rule", "rush", {"if": "customer.level == 'A' and total > 300"})
    office.edit("rule", "look", {"if": "total > 400"})
    office.edit("workflow", "order", _workflow("total >= 600"))
    bar = BAR * records / 10_000
    for what, asked in (
        ("a rule that corrects (condition over a reference)", ("rule", "rush")),
        ("a rule that makes records", ("rule", "look")),
        ("an approval", ("approval", "order", "approve")),
        ("the whole draft (both rules and the approval)", ("draft",)),
    ):
        seconds, seen, differ = office.compare(*asked)
        missed = "" if seconds <= bar else " **missed**"
        print(
            f"| {name} | {what} | {seen:,} | {differ:,} | {seconds:.1f} | ≤ {bar:.0f}{missed} |", flush=True
        )


if __name__ == "__main__":
    main()
