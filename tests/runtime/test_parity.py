"""Parity: the same change has the same effects whichever way it comes: over the API, in bulk, from a sheet, or by another rule."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.commands import PressButton
from builder.errors import BuilderError
from builder.runtime import jobs
from builder.runtime.imports.running import kept_of
from builder.runtime.relay import Relay
from builder.storage import jobs as stored_jobs
from builder.storage import notifications, rule_runs
from tests.runtime import shop as made
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import PASSWORD, WS, World, open_world

FIELDS = ("code", "subject", "urgency", "remark", "count", "state")
MADE = ("made", "made later", "otherwise")
OWN_WAYS = frozenset({"hand_in", "correct", "move", "fill", "recount"})
"""Rules that are a way themselves: what they do is compared, not that they ran."""


def parity_nodes() -> Nodes:
    """Requests that rules of every timing answer, and desks whose buttons do to requests what people do."""
    nodes = shop_nodes()
    texts = [made._field("request", key, "text") for key in ("subject", "urgency", "remark")]
    code = made._field("request", "code", "text", required=True, unique=True)
    lines = made._field("request", "lines", "lines", entity="request_line")
    count = made._field("request", "count", "decimal", formula="SUM(lines.count)", scale=2)
    nodes["entity", "request"] = _entity("request", "document", [code, *texts, count, lines])
    nodes["entity", "request_line"] = _lines_of("request")
    nodes["workflow", "request"] = made._workflow("request")
    nodes["entity", "task"] = _entity(
        "task", "master", [made._field("task", key, "text") for key in ("what", "by")], title="what"
    )
    desk = [made._field("desk", key, "text") for key in ("code", "subject")]
    fields = [*desk, made._ref("desk", "request"), made._field("desk", "lines", "lines", entity="desk_line")]
    nodes["entity", "desk"] = {**_entity("desk", "master", fields), "conversions": [_fill()]}
    nodes["entity", "desk_line"] = _lines_of("desk")
    for rule in _rules():
        nodes["rule", rule["key"]] = rule
    return nodes


def _entity(key: str, kind: str, fields: list[Any], title: str = "code") -> dict[str, Any]:
    return {"uid": key, "key": key, "kind": kind, "label": key.title(), "title": title, "fields": fields}


def _lines_of(key: str) -> dict[str, Any]:
    line = f"{key}_line"
    fields = [made._field(line, "what", "text"), made._field(line, "count", "decimal", scale=2)]
    return {"uid": line, "key": line, "kind": "lines", "label": line, "parent": key, "fields": fields}


def _fill() -> dict[str, Any]:
    """A desk with lines becomes a request with the same lines."""
    mapped = {"from": "lines", "to": "lines", "map": {"what": "what", "count": "count"}}
    return {
        "uid": "desk.fill",
        "key": "fill",
        "label": "Fill",
        "to": "request",
        "map": {"code": "code", "subject": "subject"},
        "lines": mapped,
    }


def _rules() -> list[dict[str, Any]]:
    created, changed = _on("record_created"), _on("record_changed", fields=["subject"])
    fired = _on("transition", transition="approve")
    message = {"zh-CN": "不行", "en": "No"}
    return [
        _rule("forbidden", created, "before", _do("refuse", message=message, at="subject"), "subject == 'forbidden'"),
        _rule("forbidden_later", changed, "before", _do("refuse", message=message), "subject == 'forbidden'"),
        _rule("rush", created, "before", _do("set", values={"urgency": "'high'"}), "subject == 'rush'"),
        _rule("kept", changed, "before", _do("set", values={"remark": "old.subject"})),
        _rule("made", created, "now", _task("made")),
        _rule("changed", changed, "now", _task("changed")),
        _rule("urgent", _on("record_changed"), "now", _task("urgent"), "subject == 'rush'"),
        _rule("approved", fired, "now", _task("approved")),
        _rule("closed", fired, "before", _do("refuse", message=message), "subject == 'open'"),
        _rule("made_after", created, "later", _task("made later")),
        _rule("changed_after", changed, "later", _task("changed later")),
        _rule("ways", created, "now", _branch("subject == 'rush'", _task("branched"), _task("otherwise"))),
        _rule("walked", changed, "now", _each(_line_task("walked", "outer.subject"))),
        _rule("least", _on_line("line_added"), "before", _do("set", values={"count": "MAX(count, 2)"})),
        _rule("came", _on_line("line_added"), "now", _line_task("came")),
        _rule("recounted", _on_line("line_changed", fields=["count"]), "now", _line_task("recounted")),
        _rule("went", _on_line("line_removed"), "now", _line_task("went")),
        _rule("came_after", _on_line("line_added"), "later", _line_task("came later")),
        _rule("painted", _on("record_changed", fields=["subject"], **{"from": "paint", "to": "rush"}), "now", _task("painted")),
        _rule("told", fired, "later", _do("notify", to=[{"role": "boss"}], title="Approved: {subject}")),
        _rule("hand_in", _button(), "now", _do("create", entity="request", values={"code": "code", "subject": "subject"})),
        _rule("correct", _button(), "now", _do("update", target="request", values={"subject": "subject"})),
        _rule("fill", _button(), "now", _do("convert", conversion="fill")),
        _rule("recount", _button(), "now", _recount()),
        _rule("move", _button(), "now", _do("transition", target="request", transition="approve")),
    ]  # fmt: skip


def _on(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "entity": "request", **more}


def _on_line(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "entity": "request_line", **more}


def _line_task(by: str, what: str = "parent.subject") -> dict[str, Any]:
    told = f"CONCAT('{by} ', what, ' ', count)"
    return _do("create", entity="task", values={"what": what, "by": told})


def _branch(condition: str, then: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    ways = {"then": [{"uid": "ways.then", **then}], "else": [{"uid": "ways.else", **otherwise}]}
    return {"kind": "branch", "if": condition, **ways}


def _each(action: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "each", "each": "lines", "then": [{"uid": "each.do", **action}]}


def _recount() -> dict[str, Any]:
    """Every line of the request counts nine."""
    own = {"field": "parent", "op": "=", "value": {"record": "request"}}
    counted = {"uid": "recount.do", "kind": "update", "values": {"count": "9"}}
    return {"kind": "each", "entity": "request_line", "filter": own, "then": [counted]}


def _button() -> dict[str, Any]:
    return {"kind": "button", "entity": "desk", "label": "Go"}


def _do(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, **more}


def _task(by: str) -> dict[str, Any]:
    return _do("create", entity="task", values={"what": "subject", "by": f"'{by}'"})


def _rule(
    key: str, when: dict[str, Any], timing: str, then: dict[str, Any], condition: str | None = None
) -> dict[str, Any]:
    body = {"uid": f"rule.{key}", "key": key, "label": key, "when": when, "timing": timing}
    if condition:
        body["if"] = condition
    return {**body, "then": [{"uid": f"rule.{key}.do", **then}]}


@dataclass
class Office:
    """A world of its own, and the boss who sits in front of it. Every way answers with the codes of what was refused."""

    world: World
    client: FlaskClient
    boss: int

    @property
    def request(self) -> str:
        """The one request, as the API names it."""
        (found,) = self.client.get("/api/v1/apps/shop/request").get_json()["items"]
        return str(found["id"])

    def nines(self) -> list[dict[str, str]]:
        """Every line of the request, counting nine."""
        found = self.client.get(f"{PATH}/{self.request}").get_json()["lines"]
        return [{"id": line["id"], "count": "9"} for line in found]

    def asked(self, answer: Any) -> list[str]:
        body = answer.get_json()
        return sorted(e["code"] for e in body["errors"]) if answer.status_code >= 400 else []

    def sheet(self, *rows: str, head: str = "code,subject", **form: str) -> list[str]:
        content = "\n".join((head, *rows)).encode()
        data = {"file": (io.BytesIO(content), "requests.csv"), "entity": "request", **form}
        sent = self.client.post("/api/v1/apps/shop/imports", data=data, content_type="multipart/form-data")
        assert sent.status_code == 202
        while jobs.run_step(self.world.engine):
            pass
        id = self.world.id(sent.get_json())
        kept = imported(self.world, id)
        return sorted(p["code"] for o in kept for p in o.get("problems", ()))

    def press(self, rule: str, **values: Any) -> list[str]:
        """Another rule does it: that of a button on a desk."""
        desk = self.world.id(self.world.create("desk", values))
        try:
            self.world.send(PressButton("shop", "desk", desk, rule))
        except BuilderError as error:
            return sorted(p.code for p in error.problems)
        return []

    def effects(self) -> dict[str, Any]:
        """Everything that came of it, once what is *later* has happened."""
        Relay(self.world.engine, WS).drain()
        with self.world.reading() as ctx:
            requests = [
                {key: r.state if key == "state" else r.get(key) for key in FIELDS}
                for r in ctx.reader.find("request")
            ]
            ids = [r.id for r in ctx.reader.find("request")]
            lines = [
                [(line.get("what"), line.get("count")) for line in r.lines["lines"]]
                for r in ctx.reader.get("request", ids).values()
            ]
            tasks = sorted((str(r.get("what")), str(r.get("by"))) for r in ctx.reader.find("task"))
            runs = sorted(
                (r.rule_uid, r.timing, r.outcome, repr(sorted(r.inputs.items())))
                for r in rule_runs.find(ctx.conn, WS, rule_runs.Wanted(ctx.app.row.app_id), limit=1000)
                if r.rule_uid.removeprefix("rule.") not in OWN_WAYS
            )
            told = sorted(row.title for row in notifications.of(ctx.conn, WS, self.boss))
        return {"requests": requests, "lines": lines, "tasks": tasks, "runs": runs, "told": told}


def imported(world: World, id: int) -> list[Any]:
    """What came of each row of an import."""
    with world.engine.database.snapshot() as conn:
        row = stored_jobs.get(conn, WS, id)
    assert row is not None
    return list(kept_of(world.engine, row.args["file"]).outcomes().values())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A database with the app and the boss, to be copied, and who the boss is."""
    folder = tmp_path_factory.mktemp("prepared")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    world.install(parity_nodes(), "shop")
    boss = world.person("boss", "boss", admin=True)
    world.engine.database.close()
    return folder, boss.user_id


@pytest.fixture
def offices(prepared: tuple[Path, int], tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """As many offices as there are ways, each alike."""
    opened: list[World] = []
    original, boss = prepared

    def open_one(name: str) -> Office:
        folder = Path(shutil.copytree(original, tmp_path / name))
        world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
        opened.append(world)
        world.app = "shop"
        client = create_app(world.engine).test_client()
        body = {"login": "boss", "password": PASSWORD}
        token = client.post("/api/v1/session", json=body).get_json()["token"]
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return Office(world, client, boss)

    yield open_one
    for world in opened:
        world.engine.database.close()


Way = Callable[[Office, str], list[str]]
PATH = "/api/v1/apps/shop/request"


def _row(subject: str) -> dict[str, str]:
    return {"code": "R1", "subject": subject}


CREATING: dict[str, Way] = {
    "api": lambda o, subject: o.asked(o.client.post(PATH, json=_row(subject))),
    "bulk": lambda o, subject: o.asked(o.client.post(f"{PATH}/bulk", json={"rows": [_row(subject)]})),
    "upsert": lambda o, subject: o.asked(
        o.client.post(f"{PATH}/bulk", json={"rows": [_row(subject)], "upsert_by": "code"})
    ),
    "import": lambda o, subject: o.sheet(f"R1,{subject}"),
    "rule": lambda o, subject: o.press("hand_in", **_row(subject)),
}
CHANGING: dict[str, Way] = {
    "api": lambda o, subject: o.asked(o.client.patch(f"{PATH}/{o.request}", json={"subject": subject})),
    "bulk": lambda o, subject: o.asked(
        o.client.post(f"{PATH}/bulk", json={"rows": [_row(subject)], "upsert_by": "code"})
    ),
    "import": lambda o, subject: o.sheet(f"R1,{subject}", upsert_by="code"),
    "rule": lambda o, subject: o.press("correct", request=o.request, subject=subject),
}
MOVING: dict[str, Way] = {
    "api": lambda o, _: o.asked(o.client.post(f"{PATH}/{o.request}/transitions/approve")),
    "bulk": lambda o, _: o.asked(
        o.client.post(f"{PATH}/transitions/approve", json={"ids": [o.request], "atomic": True})
    ),
    "rule": lambda o, _: o.press("move", request=o.request),
}


LINES = [{"what": "a", "count": "1"}, {"what": "b", "count": "5"}]
FEWER = [{"what": "c", "count": "3"}]


def _with_lines(subject: str, lines: list[dict[str, str]]) -> dict[str, Any]:
    return {**_row(subject), "lines": lines}


def _sheet_of(subject: str, lines: list[dict[str, str]]) -> list[str]:
    first, *rest = (f"{line['what']},{line['count']}" for line in lines)
    return [f"R1,{subject},{first}", *(f",,{line}" for line in rest)]


LINE_HEAD = "code,subject,lines.what,lines.count"
BRINGING: dict[str, Way] = {
    "api": lambda o, subject: o.asked(o.client.post(PATH, json=_with_lines(subject, LINES))),
    "bulk": lambda o, subject: o.asked(
        o.client.post(f"{PATH}/bulk", json={"rows": [_with_lines(subject, LINES)]})
    ),
    "import": lambda o, subject: o.sheet(*_sheet_of(subject, LINES), head=LINE_HEAD),
    "rule": lambda o, subject: o.press("fill", **_with_lines(subject, LINES)),
}
REPLACING: dict[str, Way] = {
    "api": lambda o, subject: o.asked(o.client.patch(f"{PATH}/{o.request}", json={"lines": FEWER})),
    "bulk": lambda o, subject: o.asked(
        o.client.post(f"{PATH}/bulk", json={"rows": [_with_lines(subject, FEWER)], "upsert_by": "code"})
    ),
    "import": lambda o, subject: o.sheet(*_sheet_of(subject, FEWER), head=LINE_HEAD, upsert_by="code"),
}
RECOUNTING: dict[str, Way] = {
    "api": lambda o, _: o.asked(o.client.patch(f"{PATH}/{o.request}", json={"lines": o.nines()})),
    "rule": lambda o, _: o.press("recount", request=o.request),
}


def compared(
    offices: Callable[[str], Office], ways: dict[str, Way], subject: str, *before: str, lines: Any = ()
) -> Any:
    """What every way came to: the same. ``before`` is the subject of a request that is there already, with ``lines``."""
    found: dict[str, Any] = {}
    for name, way in ways.items():
        office = offices(name)
        for earlier in before:
            office.world.create("request", {**_row(earlier), "lines": list(lines)})
            office.effects()
        refused = way(office, subject)
        found[name] = {"refused": refused, **office.effects()}
    first = found["api"]
    assert found == dict.fromkeys(found, first)
    return first


def test_what_is_made_is_the_same_whoever_makes_it(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, CREATING, "rush")
    assert all_the_same["requests"][0]["urgency"] == "high"
    assert all_the_same["tasks"] == [("rush", "branched"), ("rush", "made"), ("rush", "made later")]
    assert not all_the_same["refused"]


def test_what_is_changed_is_the_same_whoever_changes_it(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, CHANGING, "rush", "paint")
    assert all_the_same["requests"][0]["remark"] == "paint"
    assert ("rush", "changed") in all_the_same["tasks"]
    assert ("rush", "changed later") in all_the_same["tasks"]
    assert ("rush", "urgent") in all_the_same["tasks"]
    assert ("rush", "painted") in all_the_same["tasks"]


def test_what_does_not_change_wakes_nobody(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, CHANGING, "paint", "paint")
    assert all_the_same["tasks"] == [("paint", by) for by in MADE]


def test_what_moves_is_the_same_whoever_moves_it(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, MOVING, "", "paint")
    assert all_the_same["requests"][0]["state"] == "approved"
    assert ("paint", "approved") in all_the_same["tasks"]
    assert all_the_same["told"] == ["Approved: paint"]


@pytest.mark.parametrize(
    ("ways", "subject", "before"),
    [(CREATING, "forbidden", ()), (CHANGING, "forbidden", ("paint",)), (MOVING, "", ("open",))],
)
def test_what_one_is_refused_all_are_and_nothing_is_left(
    offices: Callable[[str], Office], ways: dict[str, Way], subject: str, before: tuple[str, ...]
) -> None:
    all_the_same = compared(offices, ways, subject, *before)
    assert all_the_same["refused"] == ["RULE_REFUSED"]
    assert len(all_the_same["requests"]) == len(before)
    assert all_the_same["tasks"] == [(s, by) for s in before for by in MADE]


def test_lines_that_come_have_the_same_effects_whoever_brings_them(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, BRINGING, "paint")
    assert all_the_same["lines"] == [[("a", Decimal("2.00")), ("b", Decimal("5.00"))]]
    assert ("paint", "came a 2") in all_the_same["tasks"]
    assert ("paint", "came later b 5") in all_the_same["tasks"]
    assert not all_the_same["refused"]


def test_lines_that_others_take_the_place_of_go_the_same_way(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, REPLACING, "paint", "paint", lines=LINES)
    assert all_the_same["lines"] == [[("c", Decimal("3.00"))]]
    assert {("paint", "went a 2"), ("paint", "went b 5"), ("paint", "came c 3")} <= set(all_the_same["tasks"])


def test_lines_that_change_are_the_same_whoever_changes_them(offices: Callable[[str], Office]) -> None:
    all_the_same = compared(offices, RECOUNTING, "", "paint", lines=LINES)
    assert all_the_same["requests"][0]["count"] == Decimal("18.00")
    assert ("paint", "recounted b 9") in all_the_same["tasks"]


def test_a_walk_through_lines_is_the_same_whoever_causes_it(offices: Callable[[str], Office]) -> None:
    ways = {name: way for name, way in CHANGING.items() if name in {"api", "rule"}}
    all_the_same = compared(offices, ways, "rush", "paint", lines=LINES)
    assert {("rush", "walked a 2"), ("rush", "walked b 5")} <= set(all_the_same["tasks"])
