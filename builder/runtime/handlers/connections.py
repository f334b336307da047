"""Handler of what connects the app with the outside: an administrator says where a connector leads, and with which secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import SaveConnection
from builder.connectors.egress import EgressRefusedError
from builder.connectors.origins import origin as read_origin
from builder.connectors.vault import KEY_ID, Connection
from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.outside import Connector
from builder.runtime.connecting import connection_key, connection_of, policy_of, vault_of
from builder.runtime.context import Context

LONGEST = 2000


def save_connection(ctx: Context, command: SaveConnection) -> Mapping[str, Any]:
    """Where it leads now and whether it is on. Secrets are written and never read again by people."""
    ctx.kernel.require("settings")
    connector = next((c for c in ctx.app.package.connectors if c.key == command.connector), None)
    if connector is None:
        raise NotFoundError(connector=command.connector)
    origin = command.origin.strip() or connector.origin
    before = connection_of(ctx.engine, ctx.conn, ctx.ws, ctx.app.row.app_id, connector)
    kept = before.secrets if before.origin == origin else {}
    secrets = {**kept, **{name: text for name, text in command.secrets.items() if text}}
    # Who only listens has nowhere to speak to.
    listens = connector.kind == "webhook" and not origin
    problems = [*(() if listens else _place(ctx, origin)), *_secrets(connector, secrets, is_on=command.is_on)]
    if problems:
        raise InvalidError(problems=problems)
    made = Connection(origin, command.is_on, secrets)
    body = {
        "key": connection_key(ctx.app.row.app_id, connector),
        "cipher": vault_of(ctx.engine).sealed(made),
        "key_id": KEY_ID,
        "origin": origin,
    }
    ctx.pending.writes.append(Write("connection.save", body))
    return {"connector": connector.key, "origin": origin, "is_on": command.is_on, "secrets": sorted(secrets)}


def _place(ctx: Context, origin: str) -> list[Problem]:
    try:
        found = read_origin(origin)
        policy_of(ctx.engine).judged(str(found))
    except (ValueError, EgressRefusedError):
        return [Problem("EGRESS_REFUSED", "/origin", {"origin": origin[:LONGEST]})]
    return []


def _secrets(connector: Connector, secrets: Mapping[str, str], *, is_on: bool) -> list[Problem]:
    problems = [
        Problem("CONNECTION_SECRET", f"/secrets/{name}", {"name": name})
        for name, text in secrets.items()
        if name not in connector.secrets or len(text) > LONGEST or not text.isprintable()
    ]
    if is_on:
        problems += [
            Problem("REQUIRED", f"/secrets/{name}", {"field": name})
            for name in connector.secrets
            if not secrets.get(name)
        ]
    return problems
