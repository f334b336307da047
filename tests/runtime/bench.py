"""A repair shop: machines with jobs on benches, which can do so many hours a day; two ways to say when each job is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Nodes = dict[tuple[str, str], Mapping[str, Any]]


def _field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


def _named(key: str, *fields: dict[str, Any], kind: str = "master", **more: Any) -> dict[str, Any]:
    own = {"uid": key, "key": key, "kind": kind, "label": key.title(), **more}
    return {**own, "fields": list(fields)}


def _name(of: str) -> dict[str, Any]:
    return _field(of, "name", "text", required=True)


def _report(key: str, entity: str, *columns: str, **more: Any) -> dict[str, Any]:
    shown = [{"uid": f"report.{key}.{c}", "field": c} for c in columns]
    return {
        "uid": f"report.{key}",
        "key": key,
        "label": key.title(),
        "entity": entity,
        "columns": shown,
        **more,
    }


def _computation(key: str, *, lines: bool = True, **schedule: Any) -> dict[str, Any]:
    """Dates of each job, and its hours of each day."""
    tasks = {
        "report": "jobs", "task": "id", "resource": "bench", "work": "hours", "chain": "machine", "step": "step",
        "earliest": "machine_brought_on", "due": "machine_due_on", "lasts": "lasts",
    }  # fmt: skip
    days = {"field": "days", "map": {"day": "day", "hours": "work"}, "match": ["day"]}
    placed = {
        "tasks": tasks,
        "resources": {"report": "benches", "resource": "id", "capacity": "hours"},
        **schedule,
    }
    made = {
        "uid": f"computation.{key}", "key": key, "label": key.title(), "entity": "job", "record": "task",
        "map": {"start": "start", "finish": "finish", "late": "late"}, "schedule": placed,
    }  # fmt: skip
    return {**made, "lines": days} if lines else {**made, "when": "is_first"}


def bench_nodes() -> Nodes:
    """Its definitions, by kind and key."""
    machine = _named(
        "machine",
        _name("machine"),
        _field("machine", "brought_on", "date"),
        _field("machine", "due_on", "date"),
        title="name",
    )
    job = _named(
        "job", _name("job"), _field("job", "machine", "reference", entity="machine"),
        _field("job", "bench", "reference", entity="bench"), _field("job", "step", "integer"),
        _field("job", "hours", "decimal", scale=2), _field("job", "lasts", "integer"),
        _field("job", "start", "date", read_only=True), _field("job", "finish", "date", read_only=True),
        _field("job", "late", "boolean", read_only=True), _field("job", "days", "lines", entity="job_day"),
        kind="document", title="name",
    )  # fmt: skip
    day = _named(
        "job_day",
        _field("job_day", "day", "date"),
        _field("job_day", "hours", "decimal", scale=4),
        kind="lines",
        parent="job",
    )
    jobs = _report("jobs", "job", "id", "machine", "bench", "step", "hours", "lasts")
    for name in ("brought_on", "due_on"):
        jobs["columns"].append(
            {"uid": f"report.jobs.m_{name}", "key": f"machine_{name}", "field": f"machine.{name}"}
        )
    planner: dict[str, Any] = {
        "uid": "role.planner", "key": "planner", "label": "Planner", "reports": ["jobs", "benches"],
        "grants": [
            {"uid": "role.planner.job", "entity": "job", "may": ["read", "update"]},
            {"uid": "role.planner.machine", "entity": "machine", "may": ["read"]},
            {"uid": "role.planner.bench", "entity": "bench", "may": ["read"]},
        ],
    }  # fmt: skip
    reader: dict[str, Any] = {
        "uid": "role.reader", "key": "reader", "label": "Reader", "reports": ["jobs", "benches"],
        "grants": [{**grant, "uid": f"{grant['uid']}.r", "may": ["read"]} for grant in planner["grants"]],
    }  # fmt: skip
    return {
        ("app", "app"): {"uid": "bench.app", "key": "bench", "label": "Repairs", "version": "1.0.0"},
        ("entity", "machine"): machine,
        ("entity", "bench"): _named("bench", _name("bench"), _field("bench", "hours", "decimal", scale=2), title="name"),
        ("entity", "job"): job,
        ("entity", "job_day"): day,
        ("report", "jobs"): jobs,
        ("report", "benches"): _report("benches", "bench", "id", "hours"),
        ("computation", "forward"): _computation("forward"),
        ("computation", "backward"): _computation("backward", lines=False, direction="backward", limited=False),
        ("roles", "roles"): {"roles": [planner, reader]},
    }  # fmt: skip
