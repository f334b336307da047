"""A driver that turns the steps of a ledger case into intents, plans them in memory.

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
from tests.ledger.pictures import Pictured
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
class World(Pictured, Stories):
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
