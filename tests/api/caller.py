"""A caller of the HTTP API: a person with a token over the application in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from builder.app import create_app
from builder.clock import FixedClock
from builder.config import Settings
from builder.metadata.kinds import Nodes
from builder.runtime.apps import Apps
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from builder.storage.database import Database
from tests.postgres import server
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, START, WS, World, open_world

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"


@dataclass
class Caller:
    """Sends requests as one person, or as a stranger where ``token`` is empty. Paths start after ``/api/v1``."""

    app: Flask
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            options["json"] = body
        client = self.app.test_client(use_cookies=False)
        return client.open(PREFIX + path, method=method, headers=headers, **options)

    def get(self, path: str, query: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.send("GET", path, query_string=query, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("DELETE", path, body, **options)

    def read(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON of a request that must succeed."""
        return good(self.get(path, query))

    def make(self, path: str, body: Any, **options: Any) -> Any:
        """The JSON of a creation that must succeed."""
        return good(self.post(path, body, **options), 201)


def caller(world: World, login: str) -> Caller:
    """Somebody of a world, signed in over an application of its own."""
    return Caller(create_app(world.engine), sign_in(world.engine, WS, login, PASSWORD).token)


@dataclass
class Api:
    """The application over one world, and who calls it."""

    world: World
    app: Flask
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def stranger(self) -> Caller:
        return Caller(self.app)

    def sign_in(self, login: str) -> Caller:
        """The caller of an account that a test has made."""
        return Caller(self.app, sign_in(self.world.engine, 1, login, PASSWORD).token)

    def with_token(self, caller: Caller, scope: list[str]) -> Caller:
        """The same person with an API token of that scope."""
        return Caller(self.app, caller.make("/tokens", {"name": "test", "scope": scope})["token"])

    @property
    def boss(self) -> Caller:
        """May do everything: an administrator of the workspace."""
        return self.callers["boss"]

    @property
    def clerk(self) -> Caller:
        """Writes documents, reads goods without their weight."""
        return self.callers["clerk"]

    @property
    def seller(self) -> Caller:
        """Sees own orders only."""
        return self.callers["seller"]

    @property
    def nobody(self) -> Caller:
        """Signed in, with no role in the app."""
        return self.callers["nobody"]


def good(answer: TestResponse, status: int = 200) -> Any:
    """The JSON of an answer with that status."""
    assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[:600])
    return answer.get_json()


def refused(answer: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal, judged as every one must be."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, (answer.status_code, text[:600])
    assert answer.mimetype == PROBLEM, answer.mimetype
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == status
    assert document["title"]
    assert document["title"] != document["code"], f"no words for {document['code']}"
    assert "Traceback" not in text
    for error in document.get("errors", ()):
        assert error["message"]
        assert error["message"] != error["code"], f"no words for {error['code']}"
    if code is not None:
        assert document["code"] == code, document
    return document


def paths(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Place and code of everything that was wrong."""
    return {(e["path"], e["code"]) for e in document.get("errors", ())}


ROLES: Mapping[str, tuple[str, ...]] = {
    "boss": ("boss",),
    "clerk": ("clerk",),
    "seller": ("seller",),
    "nobody": (),
}
TOKENS = "tokens.json"


@dataclass(frozen=True)
class Ready:
    """A shop with its people, made once, of which every test gets a copy."""

    kind: str
    folder: Path
    nodes: Callable[[], Nodes] = shop_nodes
    loaded: list[Apps] = field(default_factory=list)
    """What was loaded of the original, once it is made."""

    @property
    def _template(self) -> Path:
        return self.folder / "ready.db"

    def prepare(self) -> None:
        """Make the SQLite original; PostgreSQL makes its own when first asked."""
        if self.kind == "sqlite":
            self._fill(f"sqlite:///{self._template}")

    def _fill(self, url: str) -> None:
        world = open_world(url, self.folder)
        world.install(self.nodes(), "shop")
        tokens = {}
        for login, roles in ROLES.items():
            world.person(login, *roles, admin=login == "boss")
            tokens[login] = sign_in(world.engine, 1, login, PASSWORD).token
        (self.folder / TOKENS).write_text(json.dumps(tokens))
        with world.reading():
            self.loaded.append(world.engine.apps)
        world.engine.database.close()

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Api]:
        """The shop behind the API, on a database of its own."""
        url = f"sqlite:///{folder}/zhanggui.db"
        if self.kind == "sqlite":
            shutil.copy(self._template, folder / "zhanggui.db")
        else:
            url = server().database(self._fill, f"shop_{id(self)}")
        settings = Settings(database=url, var=str(folder))
        engine = Engine(settings, Database.open(url), FixedClock(START), self.loaded[0].copy())
        world = World(engine, "shop")
        app = create_app(world.engine)
        tokens = json.loads((self.folder / TOKENS).read_text())
        try:
            yield Api(world, app, {login: Caller(app, token) for login, token in tokens.items()})
        finally:
            world.engine.database.close()
            if self.kind != "sqlite":
                server().drop(url)
