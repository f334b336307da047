"""Comparing: both sides side by side on one database, round about, so that a busy minute of the machine hits both."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from flask.testing import FlaskClient

from benchmarks import data
from benchmarks.client import Answer
from benchmarks.driving import Measured, drive, sign_in
from benchmarks.jobs import JOBS, UPDATED, Job, Seat
from benchmarks.serving import serving
from benchmarks.sides import Side
from benchmarks.statements import watched

COUNTED = UPDATED + 3
"""The request whose statements are counted: by then everything that is read once has been read."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    size: data.Size = field(default_factory=data.Size)
    callers: int = 8
    rounds: int = 4
    seconds: float = 5.0


@dataclass
class Row:
    """One job, measured on both sides."""

    job: Job
    sides: dict[str, Measured]
    statements: dict[str, int]

    @property
    def ratio(self) -> float:
        """Product to baseline: of the throughput, or of the 95th percentile."""
        product, baseline = self.sides["product"], self.sides["baseline"]
        if self.job.of == "p95":
            return _divided(product.percentile(0.95), baseline.percentile(0.95))
        return _divided(product.per_second, baseline.per_second)

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is held; None where there is none."""
        if not self.job.bar:
            return None
        sign, bar = self.job.bar.split()
        return self.ratio >= float(bar) if sign == "≥" else self.ratio <= float(bar)


def _divided(one: float, other: float) -> float:
    return one / other if other else 0.0


def compare(sides: Sequence[Side], plan: Plan, jobs: Sequence[Job] = JOBS) -> Iterator[Row]:
    """A row per job. Both servers run all the time; only one of them has work."""
    filled = {side.name: side.fill(plan.size) for side in sides}
    statements = {side.name: count_statements(side, filled[side.name], jobs) for side in sides}
    with ExitStack() as held:
        servers = {side.name: held.enter_context(serving(side.name, side.environment)) for side in sides}
        tokens = {name: _tokens(served.port) for name, served in servers.items()}
        for job in jobs:
            row = Row(
                job, {name: Measured() for name in servers}, {n: statements[n][job.key] for n in servers}
            )
            for round_ in range(plan.rounds):
                for name, served in servers.items():
                    chosen = tokens[name][-1:] if job.as_manager else tokens[name][:-1]
                    run = f"{job.key}{round_}"
                    done = drive(
                        served,
                        chosen,
                        job,
                        filled[name],
                        callers=plan.callers,
                        seconds=plan.seconds,
                        run=run,
                    )
                    row.sides[name].add(done)
            yield row


def _tokens(port: int) -> list[str]:
    """One per clerk, the manager's last."""
    return [sign_in(port, login) for login in (*data.CLERKS, data.MANAGER)]


def count_statements(side: Side, filled: data.Filled, jobs: Sequence[Job]) -> dict[str, int]:
    """How many statements one request of each job sends."""
    found: dict[str, int] = {}
    with side.app() as app:
        client = app.test_client()
        for job in jobs:
            login = data.MANAGER if job.as_manager else data.CLERKS[0]
            body = {"login": login, "password": data.PASSWORD}
            token = client.post("/api/v1/session", json=body).get_json()["token"]
            found[job.key] = _counted(client, token, job, filled)
    return found


def _counted(client: FlaskClient, token: str, job: Job, filled: data.Filled) -> int:
    talk = job.talk(Seat(0, 1, filled, f"{job.key}-counted"))
    request = next(talk)
    for n in range(COUNTED + 1):
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        with watched() as seen:
            response = client.open(
                request.path,
                method=request.method,
                json=request.body,
                query_string=request.query,
                headers=headers,
            )
        if response.status_code not in {200, 201}:
            raise RuntimeError(
                f"{request.method} {request.path}: {response.status_code} {response.get_data()!r}"
            )
        if n == COUNTED:
            return len(seen)
        request = talk.send(Answer(response.status_code, response.get_data()))
    raise AssertionError


def now() -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
