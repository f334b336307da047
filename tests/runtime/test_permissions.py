"""Rights: what a person may not know is nowhere to be found, and what they may not do changes nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import orjson
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from builder.commands import (
    AddComment,
    Command,
    Convert,
    CreateRecord,
    DeleteRecord,
    FireTransition,
    FireTransitions,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import BuilderError, ForbiddenError, InvalidError, NotFoundError
from builder.runtime.exporting import XLSX
from builder.runtime.permissions import Kernel
from tests.runtime.office import API, CANARY, ID, SECRET, Office, open_office, refused, shop_grant
from tests.runtime.world import START, World, open_world

ANEW = re.compile(r'"(?:[\w-]{24}|[\w-]{32})"|draft-key="[^"]*"')
"""A nonce, a token against forged requests, the place of a person's own drafts."""


@pytest.fixture(scope="module")
def office(bare: World) -> Office:
    return open_office(bare)


@pytest.fixture(scope="module")
def eva(office: Office) -> FlaskClient:
    """A person of the east over HTTP."""
    return office.client("eva")


def where(**test: Any) -> str:
    return quote(orjson.dumps(test).decode())


# Reading.

SURFACES = [
    "/api/v1/apps",
    "/api/v1/me",
    "/api/v1/tasks",
    "/api/v1/notifications",
    "/api/v1/jobs",
    API,
    f"{API}/openapi.json",
    *(f"{API}/{entity}?count=exact" for entity in ("goods", "receipt", "order")),
    *(
        f"{API}/{entity}?q={word}"
        for entity in ("goods", "receipt", "order")
        for word in ("CANARY", "SECRET", "77")
    ),
    f"{API}/goods?sort=-name",
    f"{API}/goods?filter=" + where(field="branch", op="!=", value="east"),
    f"{API}/goods?filter=" + where(field="name", op="contains", value="CANARY"),
    f"{API}/receipt?filter=" + where(field="lines.goods.branch", op="=", value="west"),
    f"{API}/receipt?expand=lines.goods",
    f"{API}/order?expand=lines.goods",
    f"{API}/goods/lookup?q=",
    f"{API}/goods/lookup?q=CANARY",
    f"{API}/exports/goods?format=csv",
    f"{API}/exports/goods?format=xlsx",
    f"{API}/exports/receipt?format=csv",
    f"{API}/exports/order?format=csv",
    f"{API}/imports/goods/template",
    f"{API}/ledgers/stock/balances?zero=1",
    f"{API}/ledgers/stock/balances?group=",
    f"{API}/ledgers/stock/entries",
    f"{API}/health",
    "/",
    "/tasks",
    "/inbox",
    "/search?q=CANARY",
    "/search?q=SECRET",
    "/a/shop/goods",
    "/a/shop/goods?q=CANARY",
    "/a/shop/goods/new",
    "/a/shop/receipt",
    "/a/shop/receipt/new",
    "/a/shop/order",
    "/a/shop/ledgers/stock",
    "/a/shop/ledgers/stock/entries",
    "/a/shop/lookup/receipt_line/goods?q=CANARY",
]
HANGING = ["", "/history", "/links", "/entries", "/comments", "/files"]
OWN = [(entity, name) for entity, name in (("goods", "rice"), ("receipt", "receipt"), ("order", "order"))]
HIDDEN = [("goods", "west"), ("receipt", "hidden receipt"), ("order", "hidden order")]


@pytest.mark.parametrize("path", SURFACES)
def test_what_is_hidden_is_on_no_surface(eva: FlaskClient, path: str) -> None:
    """Other branches' goods, other units' receipts, other people's orders, and fields that the role hides."""
    found = eva.get(path)
    assert found.status_code == 200, found.get_data(as_text=True)
    text = text_of(found)
    for secret in ("-55d0", "-91c2", "-7f3a", "-08be", "77.77"):
        assert secret not in text


def text_of(answer: Any) -> str:
    """What an answer says, a workbook's cells included."""
    if answer.mimetype != XLSX:
        return str(answer.get_data(as_text=True))
    book = load_workbook(io.BytesIO(answer.get_data()))
    return repr([list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets])


@pytest.mark.parametrize(("entity", "name"), OWN)
@pytest.mark.parametrize("what", HANGING)
def test_what_hangs_on_ones_own_records_says_nothing_hidden(
    office: Office, eva: FlaskClient, entity: str, name: str, what: str
) -> None:
    for path in (f"{API}/{entity}/{office.show(name)}{what}", f"/a/shop/{entity}/{office.show(name)}"):
        found = eva.get(path)
        assert found.status_code == 200
        assert CANARY not in found.get_data(as_text=True)


@pytest.mark.parametrize(("entity", "name"), HIDDEN)
@pytest.mark.parametrize("what", HANGING)
def test_a_hidden_record_is_answered_like_one_that_never_was(
    office: Office, eva: FlaskClient, entity: str, name: str, what: str
) -> None:
    never = office.world.engine.database.show(12345)
    for at in (f"{API}/{entity}/", f"/a/shop/{entity}/"):
        tail = what if at.startswith("/api") else ""
        one, other = (eva.get(f"{at}{id}{tail}") for id in (office.show(name), never))
        assert (one.status_code, other.status_code) == (404, 404)
        assert ID.sub("ID", one.get_data(as_text=True)) == ID.sub("ID", other.get_data(as_text=True))


def test_a_count_counts_what_is_seen(eva: FlaskClient) -> None:
    for entity in ("goods", "receipt", "order"):
        assert eva.get(f"{API}/{entity}?count=exact").get_json()["count"] == 1


def test_a_ledger_shows_only_the_goods_that_are_seen(office: Office, eva: FlaskClient) -> None:
    [row] = eva.get(f"{API}/ledgers/stock/balances").get_json()["items"]
    assert row["dimensions"]["goods"]["id"] == office.show("rice")
    assert row["measures"] == {"on_hand": "10.00"}
    [total] = eva.get(f"{API}/ledgers/stock/balances?group=").get_json()["items"]
    assert total["measures"] == {"on_hand": "10.00"}
    narrowed = where(field="goods", op="=", value=office.show("west"))
    assert eva.get(f"{API}/ledgers/stock/balances?filter={narrowed}").get_json()["items"] == []
    assert eva.get(f"{API}/ledgers/open/balances").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "filter=" + where(field="secret", op="=", value=SECRET),
        "filter=" + where(**{"and": [{"not": {"field": "secret", "op": "=", "value": SECRET}}]}),
        "sort=secret",
        "fields=code,secret",
    ],
)
def test_a_hidden_field_cannot_be_asked_about(eva: FlaskClient, asked: str) -> None:
    """Neither its values nor that it exists: the answer is the one for a misspelt name."""
    one, other = (eva.get(f"{API}/goods?{asked.replace('secret', name)}") for name in ("secret", "sekret"))
    assert (one.status_code, other.status_code) == (422, 422)
    assert one.get_data(as_text=True).replace("secret", "X") == other.get_data(as_text=True).replace(
        "sekret", "X"
    )


def test_a_hidden_field_of_lines_is_nowhere(office: Office, eva: FlaskClient) -> None:
    found = eva.get(f"{API}/receipt/{office.show('receipt')}").get_json()
    assert "amount" not in found["lines"][0]
    assert found["lines"][0]["quantity"] == "10.00"
    history = eva.get(f"{API}/receipt/{office.show('receipt')}/history").get_data(as_text=True)
    assert "amount" not in history
    assert (
        eva.get(f"{API}/receipt?filter=" + where(field="lines.amount", op=">", value="1")).status_code == 422
    )


def test_pasted_codes_find_only_what_is_seen(eva: FlaskClient) -> None:
    found = eva.post(f"{API}/goods/lookup", json={"resolve": ["rice", "CANARY-WEST-55d0"]})
    assert [bool(item) for item in found.get_json()["items"]] == [True, False]
    for unknown in ("delivery", "nothing"):
        assert eva.post(f"{API}/{unknown}/lookup", json={"resolve": ["x"]}).status_code == 404


# Writing.


@pytest.mark.parametrize(("entity", "name"), HIDDEN)
def test_writing_to_what_is_hidden_is_answered_like_writing_to_nothing(
    office: Office, entity: str, name: str
) -> None:
    def commands(id: int) -> list[Command]:
        return [
            UpdateRecord("shop", entity, id, {"remark": "x"}),
            DeleteRecord("shop", entity, id),
            AddComment("shop", entity, id, "hello"),
            FireTransition("shop", entity, id, "approve"),
            FireTransitions("shop", entity, (id,), "approve", atomic=True),
            Convert("shop", entity, (id,), "deliver"),
        ]

    for hidden, never in zip(commands(office.ids[name]), commands(12345), strict=True):
        one, other = (refused(office, office.eva, c, BuilderError) for c in (hidden, never))
        assert one.status in (403, 404, 422)
        assert (type(one), one.code, one.params) == (type(other), other.code, other.params)


def test_hidden_and_closed_fields_are_not_written(office: Office) -> None:
    rice = office.ids["rice"]
    refused(
        office,
        office.eva,
        UpdateRecord("shop", "goods", rice, {"secret": "x"}),
        InvalidError,
        "FIELD_UNKNOWN",
    )
    refused(
        office,
        office.eva,
        UpdateRecord("shop", "goods", rice, {"price": "1"}),
        InvalidError,
        "FIELD_READ_ONLY",
    )
    line = {"goods": office.show("rice"), "quantity": "1", "amount": "5"}
    refused(
        office, office.eva, CreateRecord("shop", "receipt", {"lines": [line]}), InvalidError, "FIELD_UNKNOWN"
    )


def test_a_record_can_neither_be_made_nor_moved_out_of_sight(office: Office) -> None:
    """Old and new must both be within the scope."""
    goods = {"code": "x", "name": "x", "branch": "west"}
    refused(office, office.eva, CreateRecord("shop", "goods", goods), InvalidError, "OUT_OF_SCOPE")
    refused(office, office.eva, WriteRecords("shop", "goods", [goods]), InvalidError, "OUT_OF_SCOPE")
    move = UpdateRecord("shop", "goods", office.ids["rice"], {"branch": "west"})
    refused(office, office.eva, move, InvalidError, "OUT_OF_SCOPE")
    west = office.world.engine.database.show(office.west.user_id)
    give = UpdateRecord("shop", "order", office.ids["order"], {"owner": west})
    refused(office, office.eva, give, InvalidError, "OUT_OF_SCOPE")


def test_a_reference_to_what_is_hidden_is_unknown(office: Office) -> None:
    line = {"goods": office.show("west"), "quantity": "1"}
    error = refused(office, office.eva, CreateRecord("shop", "order", {"lines": [line]}), InvalidError)
    assert [(p.code, p.path) for p in error.problems] == [("REFERENCE_MISSING", "/lines/0/goods")]
    never = {**line, "goods": office.world.engine.database.show(12345)}
    other = refused(office, office.eva, CreateRecord("shop", "order", {"lines": [never]}), InvalidError)
    assert other.problems == error.problems


def test_an_import_or_upsert_does_not_reach_what_is_hidden(office: Office) -> None:
    rows = [{"code": "CANARY-WEST-55d0", "name": "mine now", "branch": "east"}]
    refused(office, office.eva, WriteRecords("shop", "goods", rows, upsert_by="code"), BuilderError)


def test_a_guard_does_not_name_what_is_hidden(office: Office) -> None:
    """The goods of one's own receipt went to another branch meanwhile."""
    world = office.world
    values = {"code": "gone", "name": "going", "branch": "east", "price": "1"}
    item = world.id(world.create("goods", values))
    lines = [{"goods": world.engine.database.show(item), "quantity": "5"}]
    mine = world.create("receipt", {"lines": lines}, submit=True, actor=office.eva)
    world.create("delivery", {"lines": lines}, submit=True)
    undo = FireTransition("shop", "receipt", world.id(mine), "unapprove")
    assert "going" in str(refused(office, office.eva, undo, InvalidError, "SHORT").problems)
    world.update("goods", item, {"name": CANARY, "branch": "west"})
    assert CANARY not in str(refused(office, office.eva, undo, InvalidError, "SHORT").problems)


def test_system_values_are_not_taken_from_outside(office: Office) -> None:
    values = {
        "code": "sys",
        "name": "sys",
        "branch": "east",
        "id": 7,
        "version": 9,
        "state": "x",
        "created_by": 1,
    }
    made = office.world.create("goods", values, actor=office.eva)
    assert (made["version"], made["state"]) == (1, None)
    assert made["created_by"] == office.world.engine.database.show(office.eva.user_id)


def test_rights_depend_on_the_state(office: Office) -> None:
    corrector = office.world.person("cora")
    office.world.send(shop_grant(corrector, "corrector"))
    lines = {"lines": [{"goods": office.show("rice"), "quantity": "1"}]}
    draft = office.world.id(office.world.create("receipt", lines))
    refused(office, corrector, UpdateRecord("shop", "receipt", draft, {"remark": "x"}), ForbiddenError)
    refused(office, corrector, FireTransition("shop", "receipt", draft, "approve"), ForbiddenError)
    refused(office, corrector, CreateRecord("shop", "receipt", lines), ForbiddenError)
    refused(office, corrector, DeleteRecord("shop", "receipt", draft), ForbiddenError)


def test_readers_only_read(office: Office) -> None:
    reader = office.world.person("rea")
    office.world.send(shop_grant(reader, "reader"))
    rice = office.ids["rice"]
    for command in (
        UpdateRecord("shop", "goods", rice, {"name": "x"}),
        DeleteRecord("shop", "goods", rice),
        CreateRecord("shop", "goods", {"code": "x", "name": "x"}),
        FireTransition("shop", "receipt", office.ids["receipt"], "unapprove"),
    ):
        refused(office, reader, command, ForbiddenError)
    many = WriteRecords("shop", "goods", [{"code": "x", "name": "x"}])
    refused(office, reader, many, InvalidError, "FORBIDDEN")
    refused(office, reader, CreateRecord("shop", "order", {}), NotFoundError)


# Two worlds that differ in what is hidden give the same answers, byte by byte.


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FlaskClient]]:
    worlds = [
        open_world(f"sqlite:///{folder}/zhanggui.db", Path(folder))
        for folder in (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other"))
    ]
    offices = [open_office(worlds[0]), open_office(worlds[1], hidden=3, secret="something else")]
    yield [office.client("eva") for office in offices]
    for world in worlds:
        assert world.clock.now() == START
        world.engine.database.close()


@pytest.mark.parametrize("path", SURFACES)
def test_what_is_hidden_makes_no_difference(twins: list[FlaskClient], path: str) -> None:
    one, other = (client.get(path) for client in twins)
    assert one.status_code == other.status_code
    lines = [plain(text_of(answer)).splitlines() for answer in (one, other)]
    assert [pair for pair in zip_longest(*lines) if pair[0] != pair[1]] == []


def plain(text: str) -> str:
    """Without ids, and without what is made anew for every page."""
    return ANEW.sub("", ID.sub("ID", text))


# When the kernel itself fails, nothing is told.


RECORDS = [path for path in SURFACES if path.startswith((f"{API}/", "/a/")) and not path.endswith("/health")]


@pytest.mark.parametrize("bare", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", RECORDS)
def test_a_kernel_that_fails_tells_nothing(office: Office, eva: FlaskClient, path: str) -> None:
    error = RuntimeError("on purpose")
    with patch.object(Kernel, "may", side_effect=error), patch.object(Kernel, "measures", side_effect=error):
        found = eva.get(path)
    assert found.status_code == 500, path
    text = text_of(found)
    assert CANARY not in text.replace("q=CANARY", "")
    assert office.show("rice") not in text
    assert "on purpose" not in text
