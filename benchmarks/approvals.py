"""Approvals: what an action that completes nothing costs beside a plain update. ``python -m benchmarks.approvals``.

One caller, inside this process: what is measured is the command. Each document waits for two people, both of whom must agree; the first of
them agrees, which completes nothing. Between two of these a field of another document of the same kind is changed, so that both meet the
same machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any

from benchmarks import machine
from benchmarks.growth import engine_on
from benchmarks.run import DATABASES
from builder.commands import ActOnTask, CreateRecord, GrantRole, InstallApp, SaveUser, UpdateRecord
from builder.metadata.uids import with_uids
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.storage import accounts
from builder.storage.inbox import inbox

WS = 1
APP = "asking"
BAR = 1.5
TIMES = 200
WARM = 20
Node = Mapping[str, Any]


def nodes(material: Sequence[str] = ("amount",)) -> Mapping[tuple[str, str], Node]:
    """Documents that two people decide about together."""
    states = [{"key": "draft", "label": "Draft", "editable": True}, {"key": "asked", "label": "Asked"}]
    approval = {
        "label": "Approval",
        "rejects_by": "reject",
        "material": list(material),
        "nodes": [
            {
                "kind": "approver",
                "label": "Both",
                "mode": "all",
                "approvers": [{"user": "one"}, {"user": "two"}],
            }
        ],
    }
    moves = [
        {"key": "ask", "label": "Ask", "from": ["draft"], "to": "asked", "default": True},
        {"key": "give", "label": "Give", "from": ["asked"], "to": "given", "approval": approval},
        {"key": "reject", "label": "Reject", "from": ["asked"], "to": "draft"},
    ]
    fields = [
        {"key": "subject", "type": "text", "label": "Subject", "required": True},
        {"key": "amount", "type": "money", "label": "Amount"},
        {"key": "remark", "type": "text", "label": "Remark"},
    ]
    workflow = {"key": "paper", "entity": "paper", "label": "Papers", "initial": "draft"}
    states.append({"key": "given", "label": "Given"})
    roles = [{"key": "all", "label": "All", "all_entities": True}]
    entity = {"key": "paper", "kind": "document", "label": "Paper", "title": "subject", "fields": fields}
    return with_uids(
        {
            ("app", "app"): {"key": APP, "label": "Asking", "version": "1.0.0"},
            ("entity", "paper"): entity,
            ("workflow", "paper"): {**workflow, "states": states, "transitions": moves},
            ("roles", "roles"): {"roles": roles},
        }
    )


@dataclass(frozen=True)
class Office:
    """An app of papers with two people who decide."""

    engine: Engine

    def prepare(self, papers: int) -> None:
        send = Dispatcher(self.engine)
        send(system(WS), InstallApp(APP, nodes()))
        for login in ("one", "two"):
            made = send(system(WS), SaveUser(login, login.title(), password="Right-Horse-7-Battery"))
            send(system(WS), GrantRole(APP, self._id(made), "all"))
        for number in range(papers):
            send(system(WS), CreateRecord(APP, "paper", _paper(number), submit=True))

    def _id(self, answer: Mapping[str, Any]) -> int:
        found = self.engine.database.read_id(answer["id"])
        assert found is not None
        return found

    def draft(self) -> int:
        """A paper that anybody may change."""
        return self._id(Dispatcher(self.engine)(system(WS), CreateRecord(APP, "paper", _paper(0))))

    def tasks(self, login: str) -> list[int]:
        """What waits for a person."""
        with self.engine.database.snapshot() as conn:
            user = accounts.user_by_login(conn, WS, login)
            assert user is not None
            return [row.task.id for row in inbox(conn, WS, user.user_id, limit=10_000)]

    def actor(self, login: str) -> Any:
        with self.engine.database.snapshot() as conn:
            user = accounts.user_by_login(conn, WS, login)
        assert user is not None
        return replace(actor_of(WS, user), kind="user")


def _paper(number: int) -> dict[str, Any]:
    return {"subject": f"Paper {number}", "amount": "12.50", "remark": ""}


@dataclass(frozen=True)
class Compared:
    """Milliseconds of both, and how many times the one the other is."""

    update: tuple[float, ...]
    action: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(self.action) / median(self.update)


def compared(office: Office, times: int) -> Compared:
    """An update and an action in turn."""
    send, one, paper = Dispatcher(office.engine), office.actor("one"), office.draft()
    tasks = iter(office.tasks("one"))
    updates: list[float] = []
    actions: list[float] = []
    for number in range(times + WARM):
        change = UpdateRecord(APP, "paper", paper, {"remark": f"seen {number}"})
        took = _timed(lambda change=change: send(one, change))  # type: ignore[misc]
        act = ActOnTask(next(tasks), "approve", "fine")
        acted = _timed(lambda act=act: send(one, act))  # type: ignore[misc]
        if number >= WARM:
            updates.append(took)
            actions.append(acted)
    return Compared(tuple(updates), tuple(actions))


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.approvals", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--times", type=int, default=TIMES)
    args = parser.parse_args(argv)
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print("\n| database | command | median ms | p95 ms | of an update |\n| --- | --- | ---: | ---: | ---: |")
    for name in args.database or DATABASES:
        with engine_on(name) as engine:
            office = Office(engine)
            office.prepare(args.times + WARM)
            found = compared(office, args.times)
        bar = "" if found.ratio <= BAR else f" (bar {BAR} missed)"
        _tell(name, "update of one field", found.update, "1.00")
        _tell(name, "approval action that completes nothing", found.action, f"{found.ratio:.2f}{bar}")


def _tell(name: str, what: str, times: Sequence[float], ratio: str) -> None:
    p95 = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(f"| {name} | {what} | {median(times):.2f} | {p95:.2f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
