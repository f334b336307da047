"""Undoing an import: what it made goes, what it changed says again what it said, and what cannot be taken back says why."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from builder.commands import ClosePeriod
from builder.runtime import jobs
from builder.runtime.imports.running import Kept
from tests.api.caller import Caller, caller, good
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def boss(world: World, nodes: Mapping[tuple[str, str], Any] | None = None) -> Caller:
    world.install(nodes or shop_nodes(), "shop")
    world.person("boss", "boss", admin=True)
    return caller(world, "boss")


def upload(by: Caller, csv: str, **form: str) -> Any:
    data = {"file": (io.BytesIO(csv.encode()), "goods.csv"), "entity": "goods", **form}
    return by.send("POST", "/apps/shop/imports", data=data, content_type="multipart/form-data").get_json()


def worked(world: World, by: Caller, job: Mapping[str, Any]) -> Mapping[str, Any]:
    while jobs.run_step(world.engine):
        pass
    done: Mapping[str, Any] = by.read(f"/jobs/{job['id']}")
    assert done["state"] == "done"
    return done


def undone(world: World, by: Caller, job: Mapping[str, Any]) -> Mapping[str, Any]:
    worked(world, by, job)
    return worked(world, by, good(by.post(f"/imports/{job['id']}/undo"), 202))


def said(by: Caller) -> dict[str, Any]:
    return {i["code"]: (i["name"], i["price"]) for i in by.read("/apps/shop/goods")["items"]}


def why(by: Caller, job: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    content = by.get(f"/imports/{job['id']}/errors").get_data()
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2, values_only=True))


def test_what_was_there_before_says_again_what_it_said(empty: World) -> None:
    by = boss(empty)
    for code, name, price in (("A", "Rice", "2.50"), ("B", "Oil", None), ("C", "Salt", "1.00")):
        empty.create("goods", {"code": code, "name": name, "price": price})
    before = said(by)
    job = upload(by, "code,name,price\nA,Rye,3\nB,Oil,7\nC,Salt,1\nD,Tea,4\n", upsert_by="code")
    worked(empty, by, job)
    assert said(by) == {
        "A": ("Rye", "3.00"),
        "B": ("Oil", "7.00"),
        "C": ("Salt", "1.00"),
        "D": ("Tea", "4.00"),
    }
    assert undone(empty, by, job)["progress"] == {"undone": 3, "failed": 0, "total": 3}
    assert said(by) == before


def test_what_was_changed_since_stays_and_says_so(empty: World) -> None:
    by = boss(empty)
    id = empty.id(empty.create("goods", {"code": "A", "name": "Rice"}))
    job = upload(by, "code,name\nA,Rye\n", upsert_by="code")
    worked(empty, by, job)
    empty.update("goods", id, {"name": "Wheat"})
    undo = undone(empty, by, job)
    assert undo["progress"] == {"undone": 0, "failed": 1, "total": 1}
    assert why(by, undo) == [("A", "Rye", "导入以后又有人改过，没有还原。")]
    assert said(by)["A"][0] == "Wheat"


def test_what_lies_in_closed_days_stays_and_names_the_period(empty: World) -> None:
    by = boss(empty)
    empty.create("goods", {"code": "A", "name": "Rice"})
    job = upload(by, "Remark,Goods,Quantity\nfirst,A,2\n", entity="receipt")
    worked(empty, by, job)
    made = by.read("/apps/shop/receipt")["items"][0]
    good(by.post(f"/apps/shop/receipt/{made['id']}/transitions/approve", {}))
    empty.send(ClosePeriod("shop", "stock", made["business_date"]))
    undo = undone(empty, by, job)
    assert undo["progress"] == {"undone": 0, "failed": 1, "total": 1}
    assert made["business_date"] in str(why(by, undo)[0][-1])
    assert by.read(f"/apps/shop/receipt/{made['id']}")["state"] == "approved"


def test_a_look_does_not_call_what_will_be_changed_a_duplicate(empty: World) -> None:
    by = boss(empty)
    empty.create("goods", {"code": "A", "name": "Rice"})
    csv = "code,name\nA,Rye\n,Oil\n"
    assert [e["code"] for e in upload(by, csv, dry_run="1")["errors"]] == ["DUPLICATE", "REQUIRED"]
    looked = upload(by, csv, dry_run="1", upsert_by="code")
    assert [(e["row"], e["path"], e["code"]) for e in looked["errors"]] == [(3, "/code", "REQUIRED")]
    assert said(by)["A"][0] == "Rice"


def test_half_a_line_of_a_process_that_died_hides_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path, 1)
    step = [{"rows": [2], "id": "a"}, {"rows": [3], "id": "b"}]
    kept.note(step)
    kept.results.write_bytes(kept.results.read_bytes()[:-9])
    assert sorted(kept.outcomes()) == [2]
    kept.note(step)
    assert {row: o["id"] for row, o in kept.outcomes().items()} == {2: "a", 3: "b"}
