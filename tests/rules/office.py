"""Orders of an office in memory: what rules, formulas and validation are tried on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from builder.events import RecordChanged, RecordCreated, TransitionFired
from builder.metadata.entity import Constraint, Entity, Field, Option
from builder.metadata.package import App, Package
from builder.metadata.report import Setting
from builder.metadata.rule import Action, Recipient, Rule, Trigger
from builder.metadata.workflow import State, Transition, Workflow
from builder.record import Record, Value
from builder.rules.context import Context
from builder.web.locale import Messages
from tests.memory import MemoryDirectory, MemoryReader, context_of

SELLER, CLERK, GONE = 7, 8, 9
ACME, OLD_CUSTOMER = 50, 51
RICE, OIL = 60, 61
MESSAGES = Messages.load()


def words(problem: Any) -> dict[str, str]:
    """What a problem says in each language."""
    return {
        locale: MESSAGES.text(problem.code, locale, problem.params, problem.message)
        for locale in ("zh-CN", "en")
    }


def field(of: str, key: str, type: str = "text", **more: Any) -> Field:
    return Field(f"{of}.{key}", key, type, more.pop("label", key.title()), **more)


CUSTOMER = Entity(
    "customer",
    "customer",
    "master",
    "Customer",
    (
        field("customer", "name"),
        field(
            "customer",
            "level",
            "choice",
            options=(Option("l.a", "a", {"zh-CN": "甲", "en": "First"}), Option("l.b", "b", "Second")),
        ),
        field("customer", "discount", "percent"),
        field("customer", "active", "boolean"),
    ),
    title="name",
)
GOODS = Entity(
    "goods",
    "goods",
    "master",
    "Goods",
    (
        field("goods", "name"),
        field("goods", "price", "money"),
        field("goods", "customer", "reference", entity="customer"),
    ),
    title="name",
)
ORDER_FIELDS = (
    field("order", "number"),
    field(
        "order",
        "customer",
        "reference",
        entity="customer",
        filter={"field": "active", "op": "=", "value": True},
    ),
    field(
        "order",
        "level",
        lookup="customer.level",
        copy="at_save",
        type="choice",
        options=CUSTOMER.fields[1].options,
    ),
    field("order", "agreed", "percent", lookup="customer.discount", copy="at_save", read_only=True),
    field("order", "salesman", "user", default="actor.id"),
    field("order", "remark"),
    field("order", "urgent", "boolean"),
    field("order", "reason", required_if="urgent", visible_if="remark != 'silent'"),
    field("order", "due", "date", default="DATEADD(TODAY(), 7, 'days')"),
    field("order", "net", "money", formula="SUM(lines.amount)"),
    field("order", "tax", "money", formula="net * 0.13"),
    field("order", "total", "money", formula="net + tax"),
    field("order", "lines", "lines", entity="order_line"),
)
LINE_FIELDS = (
    field("line", "goods", "reference", entity="goods", required=True, filter={"field": "customer", "op": "=", "value": {"record": "parent.customer"}}),
    field("line", "quantity", "quantity", scale=2, required=True, min="0.01", max="1000"),
    field("line", "price", "money", default="goods.price"),
    field("line", "amount", "money", formula="quantity * price"),
    field("line", "share", "percent", scale=2, formula="amount / parent.net * 100"),
)  # fmt: skip
CHECK = Constraint(
    "c.due",
    "due",
    {"zh-CN": "{number} 交期已过", "en": "{number} is due too early"},
    check="due >= TODAY()",
    when="due != None",
)
NOBODY = MemoryDirectory(
    roles={"finance": (CLERK, GONE), "sales": (SELLER, CLERK)}, logins={"clerk": CLERK}, left={GONE}
)


def office(
    *rules: Rule,
    order: tuple[Field, ...] = ORDER_FIELDS,
    line: tuple[Field, ...] = LINE_FIELDS,
    constraints: tuple[Constraint, ...] = (),
) -> Package:
    """The package with these rules."""
    entities = (
        CUSTOMER,
        GOODS,
        Entity("order", "order", "document", "Order", order, title="number", constraints=constraints),
        Entity("line", "order_line", "lines", "Line", line, parent="order"),
    )
    workflow = Workflow(
        "w",
        "order",
        "order",
        "draft",
        (
            State("s.d", "draft", "Draft", editable=True),
            State("s.a", "approved", "Approved", approved=True),
            State("s.v", "void", "Void", final=True, void=True),
        ),
        (Transition("t.a", "approve", "Approve", ("draft",), "approved"),),
    )
    return Package(
        App("app", "office", "Office", settings=(Setting("s.pilot", "pilot", "Pilot", "filter"),)),
        entities=entities,
        workflows=(workflow,),
        rules=rules,
    )


def records() -> list[Record]:
    """Customers and goods."""
    return [
        Record(
            "customer",
            ACME,
            {"name": "Acme", "level": "a", "discount": Decimal("0.05"), "active": True},
            version=1,
        ),
        Record("customer", OLD_CUSTOMER, {"name": "Old", "level": "b", "active": False}, version=1),
        Record("goods", RICE, {"name": "Rice", "price": Decimal("2.50"), "customer": ACME}, version=1),
        Record("goods", OIL, {"name": "Oil", "price": Decimal("10.00"), "customer": ACME}, version=1),
    ]


def around(package: Package, *more: Record, **options: Any) -> Context:
    """A decision's surroundings."""
    reader = MemoryReader([*records(), *more], settings=options.pop("settings", None))
    return context_of(package, reader, directory=options.pop("directory", NOBODY), **options)


def line(id: int, goods: int | None = RICE, quantity: str = "2.00", **values: Value) -> Record:
    given: dict[str, Value] = {"goods": goods, "quantity": Decimal(quantity), **values}
    return Record("order_line", id, given, parent_id=1, line_no=id - 10)


def order(*lines: Record, **values: Value) -> Record:
    given: dict[str, Value] = {"number": "SO-1", "customer": ACME, **values}
    return Record(
        "order", 1, given, lines={"lines": lines}, state="draft", owner_id=SELLER, org_unit_id=1, version=1
    )


def action(kind: str, **more: Any) -> Action:
    return Action(more.pop("uid", f"a.{kind}"), kind, **more)


def rule(key: str, when: Trigger | str, *then: Action, **more: Any) -> Rule:
    """A rule on orders; ``when`` as a word is the kind of its trigger."""
    trigger = Trigger(when, entity="order") if isinstance(when, str) else when  # type: ignore[arg-type]
    own = tuple(replace(one, uid=f"r.{key}.{one.uid}") for one in then)
    return Rule(f"r.{key}", key, more.pop("label", key.title()), trigger, own, **more)


def refuse(text: Any = "No.", **more: Any) -> Action:
    return action("refuse", message=text, **more)


def notify(*to: Recipient, **more: Any) -> Action:
    return action("notify", to=to or (Recipient(role="sales"),), title=more.pop("title", "Look"), **more)


def created(record: Record) -> RecordCreated:
    return RecordCreated(record)


def changed(before: Record, **values: Value) -> RecordChanged:
    return RecordChanged(before, before.with_values(values).but(version=2), frozenset(values))


def fired(before: Record, transition: str = "approve") -> TransitionFired:
    return TransitionFired(before, before.but(state="approved"), transition)
