"""Recall: where the goods of one batch are, among 100,000 entries of the food trade; part of ``benchmarks.volume``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from benchmarks.catalog import prepared, standing
from benchmarks.filling import Copies
from benchmarks.timing import Times, timed
from builder.app import create_app
from builder.commands import SaveToken
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.verifying import verify_all

APP = "food"
BATCHES, DELIVERIES, LINES = 40, 40, 5
COPIES = 110


def dairy(engine: Engine, play: Callable[..., None], player: Any) -> Copies:
    """Milk in batches, some of it made into yoghurt, sold to many: what is played once."""
    earliest = engine.database.new_id()
    play("create", "boss", entity="warehouse", id="cold", values={"code": "T-C", "name": "C", "type": "cold"})
    seller = {"code": "TS1", "credit_days": "30", "is_supplier": True, "name": "S"}
    play("create", "boss", entity="partner", id="sup", values=seller)
    for n in range(20):
        buyer = {"code": f"TK{n}", "credit_days": "30", "credit_limit": "99999999", "name": f"K{n}", "phone": "021-50001234"}  # fmt: skip
        play("create", "boss", entity="partner", id=f"k{n}", values=buyer)
    for key in ("m", "f"):
        item = {"base_unit": "公斤", "batch_managed": True, "category": "SP-RP", "code": f"T-{key}", "name": key, "sale_price": "8", "tax_rate": "0", "shelf_days": "60"}  # fmt: skip
        play("create", "boss", entity="item", id=key, values=item)
    made = player.today.isoformat()
    for n in range(BATCHES):
        for key in ("m", "f"):
            batch = {"item": f"${key}", "number": f"{key.upper()}{n}", "made_on": made}
            play("create", "boss", entity="batch", id=f"{key}{n}", values=batch)
    copies = Copies(engine, APP, earliest)
    lines = [{"item": "$m", "batch": f"$m{n}", "price": "5", "quantity": "10000"} for n in range(BATCHES)]
    play("create", "buyer", entity="receipt", id="g", values={"supplier": "$sup", "warehouse": "$cold", "lines": lines})  # fmt: skip
    play("transition", "keeper", record="$g", transition="approve")
    for n in range(BATCHES // 4):
        of = [{"item": "$m", "batch": f"$m{n}", "quantity": "100"}]
        play("create", "boss", entity="processing", id="p", values={"warehouse": "$cold", "item": "$f", "batch": f"$f{n}", "quantity": "100", "lines": of})  # fmt: skip
        play("transition", "keeper", record="$p", transition="approve")
    for n in range(DELIVERIES):
        which = ("f", BATCHES // 4) if n % 4 == 0 else ("m", BATCHES)
        lines = [
            {"item": f"${which[0]}", "batch": f"${which[0]}{(n * LINES + i) % which[1]}", "price": "8", "quantity": "1"}
            for i in range(LINES)
        ]  # fmt: skip
        play("create", "boss", entity="delivery", id="d", values={"customer": f"$k{n % 20}", "warehouse": "$cold", "lines": lines})  # fmt: skip
        play("transition", "keeper", record="$d", transition="approve")
    return copies


def measure(name: str, times: int, copies: int = COPIES) -> tuple[str, Times]:
    """What was found, and how long that takes."""
    with standing(name) as engine:
        player, play = prepared(engine, APP)
        dairy(engine, play, player).write(copies)
        with engine.database.snapshot() as conn:
            entries = conn.execute(text("SELECT count(*) FROM entry")).scalar_one()
        findings = len(verify_all(engine).findings)
        token = Dispatcher(engine)(player.actor("role:boss"), SaveToken("benchmark"))["token"]
        client = create_app(engine).test_client()
        id = engine.database.show(player.names["m0"].id)
        where = quote(json.dumps({"field": "batch", "op": "=", "value": id}))
        address = f"/api/v1/apps/{APP}/ledgers/stock/recall?filter={where}"
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
        took = timed([lambda: client.get(address, headers=headers)] * times)
        body = answer.get_json()
        rows = len(next(v for v in body.values() if isinstance(v, list)))
        told = f"recall of a batch among {entries:,} entries ({findings} findings): {rows:,} rows"
        return told, took
