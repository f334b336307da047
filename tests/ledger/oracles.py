"""A driver that turns the steps of a ledger case into intents, plans them in memory, and compares what comes out.

A step is posted as a document would: through the public plan, never past it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from builder.changes import Intent
from builder.commands import Override
from builder.ledger.costing import METHODS
from builder.ledger.outcome import Plan
from builder.ledger.switching import Switch
from builder.ledger.true_ups import POSTING
from tests.ledger.memory import MemoryLedgers
from tests.ledger.oracle_ledgers import START, ZERO, credit_ledger, dec, stock_ledger
from tests.ledger.pasts import MemoryHistories, replay_all
from tests.ledger.stories import Stories, budget_ledger, work_ledger


@dataclass
class Line:
    """What a step posted, kept for the steps that speak of it."""

    ref: str
    op: str
    line_id: int
    record_id: int
    step: Mapping[str, Any]
    origin: str = ""
    rev: int = 0


@dataclass
class World(Stories):
    """One case while it runs."""

    case: Mapping[str, Any]
    store: Any = field(init=False)
    lines: dict[str, Line] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    rests: dict[str, Decimal] = field(default_factory=dict)
    reasons: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    snaps: dict[str, dict[str, Any]] = field(default_factory=dict)
    variance: Decimal = ZERO
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    batches: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    day: str = START
    next_number: int = 1000
    intents: dict[int, Intent] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    orders: dict[str, Decimal] = field(default_factory=dict)
    open: Callable[..., Any] = MemoryLedgers

    def __post_init__(self) -> None:
        policy = self.policy
        method = policy.get("method") or self.case["method"]
        method = method if method in METHODS else "moving_average"
        self.store = self.open(stock_ledger(policy, method), credit_ledger(), budget_ledger(), work_ledger())
        if "provisional" in policy:
            self.store.settings["provisional"] = dec(policy["provisional"])
        if "standard" in policy:
            self.store.settings["standard"] = dec(policy["standard"])

    @property
    def policy(self) -> Mapping[str, Any]:
        policy: Mapping[str, Any] = self.case.get("policy", {})
        return policy

    def run(self) -> World:
        for step in self.case["steps"]:
            self.day = step.get("date", self.day)
            getattr(self, f"do_{step['op']}")(step)
            if "snap" in step:
                self.snaps[step["snap"]] = self.picture()
        self.store.check()
        return self

    # ---- names

    def number(self) -> int:
        self.next_number += 1
        return self.next_number

    def id(self, kind: str, name: str) -> int:
        return self.names.setdefault((kind, name), len(self.names) + 1)

    def name(self, kind: str, number: int) -> str:
        return next((n for (k, n), i in self.names.items() if k == kind and i == number), "")

    def key(self, step: Mapping[str, Any], place: str = "warehouse") -> dict[str, int]:
        item = self.id("item", step.get("item", "P"))
        warehouse = self.id("warehouse", step.get(place) or "W1")
        key = {"item": item, "warehouse": warehouse}
        if step.get("batch"):
            batch = key["batch"] = self.id("batch", f"{step.get('item', 'P')}/{step['batch']}")
            self.store.fields[("item", item)] = {"has_batches": True}
            if "expiry" in step:
                self.store.fields[("batch", batch)] = {"expires_on": date.fromisoformat(step["expiry"])}
        return key

    # ---- posting

    def intent(self, line: Line, ledger: str, key: Mapping[str, int], **measures: Decimal) -> Intent:
        return Intent(
            ledger=ledger,
            posting=ledger,
            entity="document",
            record_id=line.record_id,
            line_id=line.line_id,
            line_no=1,
            business_date=date.fromisoformat(self.day),
            dimensions=key,
            measures=measures,
            posting_rev=line.rev,
            path=f"/{line.ref}",
        )

    def line(self, step: Mapping[str, Any], ref: str | None = None, op: str | None = None) -> Line:
        ref = ref or step.get("ref") or f"step{self.number()}"
        line = Line(ref, op or step["op"], self.number(), self.number(), step)
        self.lines[ref] = line
        return line

    def post(self, ref: str, intents: Sequence[Intent]) -> Plan:
        overrides = [Override(g.key, "case") for g in self.store.models["stock"].ledger.guards]
        may: Iterable[str] = ("oversell",) if self.policy.get("negative") == "allow" else ()
        plan: Plan = self.store.post(*intents, overrides=overrides if may else (), may=tuple(may))
        self.remember(plan, intents)
        if self.replays and not plan.problems:
            replay_all(MemoryHistories(self.store, self.intents), "stock")
        if plan.problems:
            problem = plan.problems[0]
            self.errors[ref] = problem.params["guard"] if problem.code == "GUARD" else problem.code
        return plan

    @property
    def replays(self) -> bool:
        return self.policy.get("order") == "replay"

    def remember(self, plan: Plan, intents: Sequence[Intent]) -> None:
        """Which intent each entry was made for."""
        journals = {j.id: j for j in plan.journals}
        for entry in plan.entries:
            journal = journals[entry.journal_id]
            for intent in intents:
                is_its = (intent.line_id, intent.posting) == (entry.line_id, journal.posting)
                if is_its and intent.reverses is None:
                    self.intents[entry.id] = intent

    def with_(self, intent: Intent, **changes: Any) -> Intent:
        values = {name: getattr(intent, name) for name in Intent.__slots__}
        return Intent(**{**values, **changes})

    # ---- steps

    def intents_of(self, step: Mapping[str, Any], line: Line) -> list[Intent]:
        qty = dec(step["qty"]) * dec(step.get("uom_factor", 1))
        if step["op"] == "receive":
            value = step.get("value") or dec(step["qty"]) * dec(step["unit_cost"])
            return [self.intent(line, "stock", self.key(step), on_hand=qty, value=dec(value))]
        return [self.intent(line, "stock", self.key(step), on_hand=-qty)]

    def do_receive(self, step: Mapping[str, Any]) -> None:
        line = self.line(step)
        self.post(line.ref, self.intents_of(step, line))

    do_issue = do_receive

    def do_doc(self, step: Mapping[str, Any]) -> None:
        intents: list[Intent] = []
        document = self.number()
        total = ZERO
        for i, sub in enumerate(step["lines"], 1):
            sub = {"ref": f"{step['ref']}/{i}", **sub}
            line = self.line(sub)
            line.record_id = document
            if self.is_too_old(sub):
                self.errors[step["ref"]] = "SHELF_LIFE"
                return
            intents += self.intents_of(sub, line)
            total += dec(sub["revenue"]) if "revenue" in sub else dec(sub.get("price", 0)) * dec(sub["qty"])
        if total and "customer" in step:
            bill = Line(step["ref"], "bill", document, document, step)
            self.lines[step["ref"]] = bill
            key = {"customer": self.id("customer", step["customer"]), "bill": self.id("bill", step["ref"])}
            intents.append(self.intent(bill, "credit", key, receivable=total))
        self.post(step["ref"], intents)

    def is_too_old(self, step: Mapping[str, Any]) -> bool:
        """The seller's own rule, which a package says in a before-rule: some goods must keep for so many days more."""
        days = self.case.get("items", {}).get(step.get("item"), {}).get("min_shelf_days")
        batch = self.key(step).get("batch")
        if days is None or batch is None:
            return False
        expires = self.store.fields[("batch", batch)]["expires_on"]
        assert isinstance(expires, date)
        return (expires - date.fromisoformat(self.day)).days < int(days)

    def do_set_credit(self, step: Mapping[str, Any]) -> None:
        self.store.fields["customer", self.id("customer", step["customer"])] = {"limit": dec(step["limit"])}

    def do_pay_in(self, step: Mapping[str, Any]) -> None:
        key = {"customer": self.id("customer", step["customer"]), "bill": self.id("bill", step["against"])}
        self.post(step["ref"], [self.intent(self.line(step), "credit", key, receivable=-dec(step["amount"]))])

    def do_transfer(self, step: Mapping[str, Any]) -> None:
        line = self.line(step)
        qty = dec(step["qty"])
        out = self.intent(line, "stock", self.key(step, "from"), on_hand=-qty)
        into = self.with_(
            self.intent(line, "stock", self.key(step, "to")),
            posting="into",
            depends_on="stock",
            dependent={"on_hand": "-on_hand", "value": "-value"},
        )
        intents = [out, into]
        missing = qty - dec(step.get("received", qty))
        if missing:
            lost = self.line({**step, "reason": "transit"}, f"{line.ref}:lost", "scrap")
            intents.append(self.intent(lost, "stock", self.key(step, "to"), on_hand=-missing))
        self.post(line.ref, intents)

    def do_sales_return(self, step: Mapping[str, Any]) -> None:
        ref, _, batch = step["of"].partition(":")
        origin = self.lines[ref]
        line = self.line(step)
        line.origin = ref
        sign = 1 if step["op"] == "sales_return" else -1
        where = {**origin.step, **({"warehouse": step["warehouse"]} if "warehouse" in step else {})}
        if batch:
            where["batch"] = batch
        given = {"value": sign * dec(step["amount"])} if "amount" in step else {}
        moved = self.intent(line, "stock", self.key(where), on_hand=sign * dec(step["qty"]), **given)
        intents = [self.with_(moved, cost_of=origin.line_id)]
        bill = self.lines.get(ref.partition("/")[0])
        if bill is not None and bill.op == "bill" and "customer" in bill.step:
            credit = dec(origin.step.get("price", 0)) * dec(step["qty"])
            key = {"customer": self.id("customer", bill.step["customer"]), "bill": self.id("bill", bill.ref)}
            intents.append(self.intent(line, "credit", key, receivable=-credit))
        plan = self.post(line.ref, intents)
        if sign < 0 and not plan.problems:
            origin_value = self.value_of(ref) * dec(step["qty"]) / dec(origin.step["qty"])
            if "amount" not in step and self.policy.get("purchase_return") == "current":
                self.variance += -self.value_of(line.ref) - origin_value

    do_purchase_return = do_sales_return

    def do_landed_cost(self, step: Mapping[str, Any]) -> None:
        refs = step["of"] if isinstance(step["of"], list) else [step["of"]]
        amount, left = dec(step["amount"]), dec(step["amount"])
        weights = [dec(self.lines[r].step["qty"]) * dec(self.lines[r].step["unit_cost"]) for r in refs]
        intents = []
        for ref, weight in zip(refs, weights, strict=True):
            is_last = ref == refs[-1]
            part = (
                left if is_last else (amount * weight / sum(weights)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            )
            left -= part
            origin = self.lines[ref]
            line = self.line(step, f"{step['ref']}:{ref}" if len(refs) > 1 else step["ref"])
            line.origin = ref
            late = self.intent(line, "stock", self.key(origin.step), value=part)
            intents.append(self.with_(late, cost_of=origin.line_id, results={"expensed": "rest.value"}))
        plan = self.post(step["ref"], intents)
        for intent in intents:
            rest = plan.results.get(("document", intent.line_id), {}).get("expensed", ZERO)
            # A replay has put all of it on the receipt.
            self.rests[intent.path] = ZERO if self.replays else dec(rest)

    def do_count(self, step: Mapping[str, Any]) -> None:
        reasons = dict(step.get("reasons", {}))
        last = list(reasons)[-1] if reasons else step.get("reason", "")
        intents = []
        for reason, qty in list(reasons.items())[:-1]:
            line = self.line({**step, "reason": reason}, f"{step['ref']}:{reason}", "count")
            intents.append(self.intent(line, "stock", self.key(step), on_hand=-dec(qty)))
        line = self.line({**step, "reason": last}, step["ref"], "count")
        given = {"value": dec(step["qty"]) * dec(step["unit_cost"])} if "unit_cost" in step else {}
        counted = self.intent(line, "stock", self.key(step), on_hand=dec(step["qty"]), **given)
        self.post(step["ref"], [*intents, self.with_(counted, count=True)])

    def do_scrap(self, step: Mapping[str, Any]) -> None:
        line = self.line(step)
        key = self.key(step)
        intents = [self.intent(line, "stock", key, on_hand=-dec(step["qty"]))]
        held = self.store.balance("stock", "held", **key)
        if held:
            loosen = self.intent(line, "stock", key, held=-min(held, dec(step["qty"])))
            intents.insert(0, self.with_(loosen, posting="loosen"))
        self.post(line.ref, intents)

    def do_hold(self, step: Mapping[str, Any]) -> None:
        intents = []
        for key in self.places(step):
            line = self.line(step, f"{step['ref']}:{key['warehouse']}")
            on_hand = self.store.balance("stock", "on_hand", **key)
            intents.append(
                self.intent(line, "stock", key, held=on_hand - self.store.balance("stock", "held", **key))
            )
        self.post(step["ref"], intents)

    def do_release(self, step: Mapping[str, Any]) -> None:
        intents = [
            self.intent(self.line(step), "stock", key, held=-self.store.balance("stock", "held", **key))
            for key in self.places(step)
        ]
        self.post(step["ref"], intents)

    def do_temperature(self, step: Mapping[str, Any]) -> None:
        self.do_hold(step)

    def places(self, step: Mapping[str, Any]) -> list[dict[str, int]]:
        if step["warehouse"] != "*":
            return [self.key(step)]
        item = self.key({**step, "warehouse": "W1"})
        known = {
            e.key[1]
            for e in self.store.entries["stock"]
            if (e.key[0], e.key[2]) == (item["item"], item["batch"])
        }
        return [{**item, "warehouse": w} for w in sorted(known)]

    def do_amend(self, step: Mapping[str, Any]) -> None:
        line = self.lines[step["of"]]
        back = self.reversal(line)
        line.rev += 1
        line.step = {**line.step, "qty": step["qty"]}
        intents = [*back, *self.intents_of(line.step, line)]
        if self.replays:
            # An amended document keeps its day.
            intents = [self.with_(i, business_date=self.day_of(line)) for i in intents]
        self.post(step["ref"], intents)

    def journals_of_replays(self) -> set[int]:
        return {j.id for j in self.store.journals if j.posting.startswith(POSTING)}

    def day_of(self, line: Line) -> date:
        days: Iterator[date] = (
            e.business_date for e in self.store.entries["stock"] if e.line_id == line.line_id
        )
        return next(days)

    def do_cancel(self, step: Mapping[str, Any]) -> None:
        self.post(step["ref"], self.reversal(self.lines[step["of"]]))

    def reversal(self, line: Line) -> list[Intent]:
        entries = self.store.entries["stock"]
        undone = {e.concerns for e in entries if e.kind == "reversal"}
        undone |= {e.id for e in entries if e.journal_id in self.journals_of_replays()}
        return [
            self.with_(self.intent(line, "stock", {}), reverses=e.id)
            for e in entries
            if e.line_id == line.line_id and e.kind != "reversal" and e.id not in undone
        ]

    def do_produce(self, step: Mapping[str, Any]) -> None:
        document = self.number()
        intents = []
        for i, sub in enumerate(step["inputs"], 1):
            line = self.line({**sub, "op": "consume"}, f"{step['ref']}/in{i}")
            line.record_id = document
            intents.append(
                self.with_(self.intent(line, "stock", self.key(sub), on_hand=-dec(sub["qty"])), posting="in")
            )
        extra = sum(map(dec, step.get("extra", {}).values()), ZERO)
        cost = -self.value_in(self.store.plan(intents)) + extra
        shares = [dec(o.get("share", o["qty"])) for o in step["outputs"]]
        left = cost
        for i, (sub, share) in enumerate(zip(step["outputs"], shares, strict=True), 1):
            part = (
                left
                if i == len(shares)
                else (cost * share / sum(shares)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            )
            left -= part
            line = self.line({**sub, "op": "finish"}, f"{step['ref']}/out{i}")
            line.record_id = document
            intents.append(self.intent(line, "stock", self.key(sub), on_hand=dec(sub["qty"]), value=part))
        self.post(step["ref"], intents)

    def do_set_standard(self, step: Mapping[str, Any]) -> None:
        line = self.line(step)
        self.store.settings["standard"] = dec(step["unit_cost"])
        moved = self.intent(line, "stock", self.key(step))
        self.post(line.ref, [self.with_(moved, revalue=dec(step["unit_cost"]))])

    def do_switch_method(self, step: Mapping[str, Any]) -> None:
        """At a boundary: everything up to the day is closed first."""
        self.store.closed["stock"] = date.fromisoformat(self.day)
        model = self.store.models["stock"]
        assert model.cost is not None
        key = model.cost.grain.of(tuple(self.key(step).get(d.key, 0) for d in model.dimensions))
        assert not self.store.switch(Switch("stock", step["to"], (key,))).problems

    def do_close(self, step: Mapping[str, Any]) -> None:
        self.store.closed["stock"] = date.fromisoformat(step["date"])

    # ---- what came out

    def value_in(self, plan: Plan) -> Decimal:
        model = self.store.models["stock"]
        place = model.place("value")
        total = sum(e.measures[place] for e in plan.entries if e.ledger == "stock")
        found: Decimal = model.measures[place].exact(total)
        return found

    def amount(self, scaled: int) -> Decimal:
        return Decimal(scaled).scaleb(-2)

    def value_of(self, ref: str, batch: str = "", *, trued: bool = False) -> Decimal:
        """The value that a step's own entries moved (a transfer: what left), with true-ups if asked."""
        line = self.lines[ref]
        ledger, measure = WHERE.get(line.op, ("stock", "value"))
        place = self.store.models[ledger].place(measure)
        entries = self.store.entries[ledger]
        mine = [e for e in entries if e.line_id == line.line_id and e.kind in ("normal", "count", "reversal")]
        if batch:
            mine = [e for e in mine if self.name("batch", e.key[2]).endswith(f"/{batch}")]
        if line.op == "transfer":
            mine = [e for e in mine if e.measures[0] > 0]
        ids = {e.id for e in mine}
        extra = [e for e in entries if e.kind == "true_up" and e.concerns in ids] if trued else []
        back = {e.id for e in extra}
        extra += [e for e in entries if e.kind == "reversal" and e.concerns in back]
        return self.amount(sum(e.measures[place] for e in [*mine, *extra]))

    def by_op(self, *ops: str) -> dict[str, Decimal]:
        return {ref: self.value_of(ref, trued=True) for ref, line in self.lines.items() if line.op in ops}

    def cogs(self, item: str | None = None) -> Decimal:
        lines = {
            ref: v
            for ref, v in self.by_op("issue", "sales_return").items()
            if item is None or self.item_of(ref) == item
        }
        return -sum(lines.values(), ZERO) + sum(self.rests.values(), ZERO)

    def item_of(self, ref: str) -> str:
        line = self.lines[ref]
        name: str = (self.lines[line.origin] if line.origin else line).step.get("item", "P")
        return name

    def by_reason(self, op: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for ref, value in self.by_op(op).items():
            reason = self.lines[ref].step.get("reason", "")
            found[reason] = found.get(reason, ZERO) + value
        return found

    def pools(self) -> dict[str, dict[str, Decimal]]:
        model = self.store.models["stock"]
        cost = model.cost
        assert cost is not None
        found = {}
        for (number, key), row in self.store.rows["stock"].items():
            if number == cost.grain.number:
                kinds = [model.dimensions[p].key for p in cost.grain.positions]
                names = [self.name(k, v).rpartition("/")[2] for k, v in zip(kinds, key, strict=True)]
                exact = model.exact(row.measures)
                found["|".join(names)] = {"qty": exact["on_hand"], "value": exact["value"]}
        return found

    def picture(self) -> dict[str, Any]:
        store = self.store
        qty, value = store.balance("stock", "on_hand"), store.balance("stock", "value")
        return {
            "qty": qty,
            "value": value,
            "unit_cost": value / qty if qty else None,
            "cogs": self.cogs(),
            "pools": self.pools(),
            "steps": {ref: self.value_of(ref, trued=self.replays) for ref in self.lines},
            "issue_cost": {ref: -v for ref, v in self.by_op("issue").items()},
            "layers": self.layers(),
            "ar": self.receivables(),
            "balances": {name: self.balance(name) for name in self.case_balances()},
            "variance": self.variance + store.balance("stock", "variance"),
            "budget": self.budgets(),
            "wip": self.in_progress(),
            "ppv": store.balance("stock", "variance"),
            "loss": {k: -v for k, v in self.by_reason("scrap").items()},
            "count_variance": self.by_reason("count"),
        }

    def layers(self) -> list[list[Decimal]]:
        found = []
        for pool in self.store.layers["stock"].values():
            for _, layer in sorted(pool.items()):
                if layer.qty:
                    qty, value = Decimal(layer.qty).scaleb(-4), self.amount(layer.value)
                    found.append([qty if layer.kind == "receipt" else -qty, value / qty])
        return found

    def receivables(self) -> dict[str, Decimal]:
        bills = {n: i for (k, n), i in self.names.items() if k == "bill"}
        return {n: self.store.balance("credit", "receivable", bill=i) for n, i in bills.items()}

    def case_balances(self) -> set[str]:
        """The balances that the case asks for, at its end or in a snapshot."""
        expected = self.case["expected"]
        asked = [expected, *expected.get("snaps", {}).values()]
        return {name for part in asked for name in part.get("balances", {})}

    def balance(self, name: str) -> Decimal:
        parts = name.split("|")
        where = {"item": self.id("item", parts[0]), "warehouse": self.id("warehouse", parts[1])}
        if len(parts) > 2:
            where["batch"] = self.id("batch", f"{parts[0]}/{parts[2]}")
        found: Decimal = self.store.balance("stock", "on_hand", **where)
        return found


def differences(world: World) -> list[str]:
    """Where the world differs from what the case expects, in words."""
    expected = world.case["expected"]
    found = [f"errors {world.errors}"] if world.errors != expected.get("errors", {}) else []
    found += _differs(world, world.picture(), expected, "")
    for name, snap in expected.get("snaps", {}).items():
        found += _differs(world, world.snaps[name], snap, f"{name}.")
    return found


WHERE = {
    "overhead": ("wip", "value"),
    "wo_labour": ("wip", "value"),
    "requisition": ("budget", "reserved"),
    "expense_receipt": ("budget", "actual"),
}
"""Where a step's value is found, if not in stock."""

SKIPPED = {"errors", "snaps", "revenue", "sold_qty", "ap", "stores", "cogs_by_item"}
"""Figures of a case that no ledger here holds."""


def _differs(world: World, actual: Mapping[str, Any], expected: Mapping[str, Any], at: str) -> list[str]:
    found = []
    for name, want in expected.items():
        if name in SKIPPED:
            continue
        got = actual[name]
        if name == "steps":
            found += _steps(world, got, want, at)
        elif name == "layers":
            if [[q, c.normalize()] for q, c in got] != [[dec(q), dec(c).normalize()] for q, c in want]:
                found.append(f"{at}layers {got}")
        elif name in ("pools", "budget"):
            for pool, parts in want.items():
                mine = got.get(pool, {"qty": ZERO, "value": ZERO})
                found += [
                    f"{at}pool {pool} {k} {mine[k]} != {v}" for k, v in parts.items() if mine[k] != dec(v)
                ]
        elif isinstance(want, Mapping):
            found += [f"{at}{name}[{k}] {got.get(k)} != {v}" for k, v in want.items() if got.get(k) != dec(v)]
        elif got is None or got != dec(want):
            found.append(f"{at}{name} {got} != {want}")
    return found


def _steps(world: World, got: Mapping[str, Any], want: Mapping[str, str], at: str) -> list[str]:
    found = []
    for ref, value in want.items():
        base, _, batch = ref.partition(":")
        mine = got[ref] if ref in got else world.value_of(base, batch)
        if world.lines[base if ref not in got else ref].op == "count":
            mine = sum((v for r, v in got.items() if r == ref or r.startswith(f"{ref}:")), ZERO)
        if mine != dec(value):
            found.append(f"{at}{ref} {mine} != {value}")
    return found
