"""Addresses of the pages and of what they ask for. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

API = "/api/v1"


def _with(path: str, query: dict[str, Any]) -> str:
    asked = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked)}" if asked else path


def app_page(app: str) -> str:
    return f"/a/{app}"


def list_page(app: str, entity: str, **query: Any) -> str:
    return _with(f"/a/{app}/{entity}", query)


def new_page(app: str, entity: str, **query: Any) -> str:
    return _with(f"/a/{app}/{entity}/new", query)


def record_page(app: str, entity: str, id: str) -> str:
    return f"/a/{app}/{entity}/{id}"


def ticket_page(id: str) -> str:
    return f"/tickets/{id}"


def edit_page(app: str, entity: str, id: str, **query: Any) -> str:
    return _with(f"/a/{app}/{entity}/{id}/edit", query)


def made_page(app: str, entity: str, id: str) -> str:
    """Where to go with a record that was just made of another: to its form where something is still missing, else to its page."""
    return f"/a/{app}/{entity}/{id}/made"


def print_page(app: str, entity: str, id: str, key: str) -> str:
    return f"/a/{app}/{entity}/{id}/print/{key}"


def dashboard_page(app: str, key: str) -> str:
    return f"/a/{app}/dashboards/{key}"


def report_page(app: str, key: str, **query: Any) -> str:
    return _with(f"/a/{app}/reports/{key}", query)


def behind_page(app: str, key: str, query: dict[str, str], groups: dict[str, str]) -> str:
    """What a cell of a report counts. An empty parameter or group says as much as a full one."""
    return f"/a/{app}/reports/{key}/behind?{urlencode({**query, **groups})}"


def ledger_page(app: str, key: str, page: str = "", **query: Any) -> str:
    """A ledger's balances, or another of its pages: ``movements``, ``entries``, ``why``."""
    return _with(f"/a/{app}/ledgers/{key}" + (f"/{page}" if page else ""), query)


def recall_file(app: str, key: str, where: dict[str, Any] | None, **query: Any) -> str:
    """Where units are now, as a file; ``where`` is a filter over dimensions by outside ids."""
    text = json.dumps(where) if where else ""
    return _with(f"{API}/apps/{app}/ledgers/{key}/recall", {**query, "filter": text, "format": "csv"})


def built_in_page(app: str, page: str, **query: Any) -> str:
    return _with(f"/a/{app}/{page}", query)


def lookup(app: str, entity: str, field: str, slots: tuple[str, ...] = ()) -> str:
    """Where a field's records are looked up; ``slots`` are paths whose values the browser fills in."""
    return _slotted(f"/a/{app}/lookup/{entity}/{field}", slots)


def scan(app: str, entity: str, field: str, slots: tuple[str, ...] = ()) -> str:
    """Where it is asked what a scanned code puts into a line."""
    return _slotted(f"/a/{app}/scan/{entity}/{field}", slots)


def pick(app: str, entity: str) -> str:
    """Where records of an entity are looked for that no field limits."""
    return f"/a/{app}/pick/{entity}"


def beside(app: str, entity: str, lines: str, slots: Iterable[str]) -> str:
    """Where the figures beside a line are asked for."""
    return _slotted(f"/a/{app}/beside/{entity}/{lines}", slots)


def proposal(app: str, entity: str, lines: str, slots: Iterable[str]) -> str:
    """Where the lines that a document can begin with are asked for."""
    return _slotted(f"/a/{app}/propose/{entity}/{lines}", slots)


def _slotted(path: str, slots: Iterable[str]) -> str:
    query = "&".join(f"{slot}={{{slot}}}" for slot in slots)
    return f"{path}?{query}" if query else path


def filled(url: str, values: Mapping[str, str]) -> str:
    """The address with those of its slots filled whose values are known here."""
    for path, value in values.items():
        url = url.replace(f"{{{path}}}", quote(value, safe=""))
    return url


def api_records(app: str, entity: str) -> str:
    return f"{API}/apps/{app}/{entity}"


def export_file(app: str, entity: str, **query: Any) -> str:
    return _with(f"{API}/apps/{app}/exports/{entity}", query)


def report_file(app: str, key: str, **query: Any) -> str:
    return _with(f"{API}/apps/{app}/reports/{key}", query)


def api_record(app: str, entity: str, id: str) -> str:
    return f"{API}/apps/{app}/{entity}/{id}"


def api_transition(app: str, entity: str, id: str, key: str) -> str:
    return f"{API}/apps/{app}/{entity}/{id}/transitions/{key}"


def bulk(app: str, entity: str, key: str) -> str:
    return f"/a/{app}/{entity}/bulk/{key}"


def bulk_conversion(app: str, entity: str, key: str) -> str:
    return f"/a/{app}/{entity}/bulk/make/{key}"


def api_conversion(app: str, entity: str, id: str, key: str) -> str:
    return f"{API}/apps/{app}/{entity}/{id}/conversions/{key}"


def api_button(app: str, entity: str, id: str, rule: str) -> str:
    return f"{API}/apps/{app}/{entity}/{id}/buttons/{rule}"


def api_task(id: str, action: str) -> str:
    return f"{API}/tasks/{id}/{action}"


def path_of_new(app: str, entity: str) -> str:
    """Where a form asks whom an approval would ask."""
    return f"{list_page(app, entity)}/path"


def path_of(app: str, entity: str, id: str, transition: str) -> str:
    """Where a record's button asks whom an approval would ask."""
    return f"{record_page(app, entity, id)}/path/{transition}"


def api_tasks() -> str:
    """Where several decisions are sent at once."""
    return "/api/v1/tasks"


def moving_page(app: str) -> str:
    """Where an app's owner takes running approvals over to the live version."""
    return f"{app_page(app)}/approvals"
