"""What the designer's tests share: the general template, words in both languages, a client on the demo."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from builder import designer
from builder.designer.judging import Judged
from builder.designer.words import Words
from builder.metadata.kinds import Nodes
from builder.web.locale import Texts
from tests.designer.demo import CSRF, create_app
from tests.designer.memory import JUDGE, MemoryWorkshop, catalog


@pytest.fixture(scope="session")
def templates() -> dict[str, Nodes]:
    return catalog()


@pytest.fixture(scope="session")
def general(templates: dict[str, Nodes]) -> Judged:
    """The general template, judged."""
    return JUDGE(templates["general"])


@pytest.fixture(scope="session", params=["zh-CN", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    return Words(Texts.load(designer.I18N), request.param)


@pytest.fixture
def zh() -> Words:
    return Words(Texts.load(designer.I18N), "zh-CN")


@pytest.fixture
def en() -> Words:
    return Words(Texts.load(designer.I18N), "en")


@pytest.fixture
def workshop(templates: dict[str, Nodes]) -> MemoryWorkshop:
    return MemoryWorkshop(templates, designers={1})


@pytest.fixture
def app(workshop: MemoryWorkshop) -> Flask:
    return create_app(workshop)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


@pytest.fixture(scope="module")
def reading(templates: dict[str, Nodes]) -> FlaskClient:
    """A client on ``/design/trade``, for tests that change nothing."""
    client = create_app(MemoryWorkshop(templates)).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    client.post("/design/templates/general/install", data={"label_zh": "我的进销存", "key": "trade"})
    return client


@pytest.fixture
def trade(client: FlaskClient) -> str:
    """The general template installed as the app ``trade``."""
    answer = client.post("/design/templates/general/install", data={"label_zh": "我的进销存", "key": "trade"})
    assert answer.status_code == 303
    return "trade"


@pytest.fixture(scope="module")
def odd(templates: dict[str, Nodes]) -> FlaskClient:
    """A client on an app that nobody minds: what is asked of it may leave anything behind."""
    small = {
        name: body
        for name, body in templates["general"].items()
        if name[0] in {"app", "roles"} or name in ODD
    }
    client = create_app(MemoryWorkshop({"small": small}, checked=False)).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.post("/design/templates/small/install", data={"label_zh": "小", "key": "trade"})
    return client


ODD = {
    ("entity", "item"),
    ("form", "item"),
    ("workflow", "sales_order"),
    ("rule", "overdue"),
    ("data", "units"),
}


@pytest.fixture(scope="module")
def half(templates: dict[str, Nodes]) -> FlaskClient:
    """A client on the general template, for tests that undo what they do."""
    client = create_app(MemoryWorkshop(templates)).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.post("/design/templates/general/install", data={"label_zh": "店", "key": "trade"})
    return client
