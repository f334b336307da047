"""Connecting: connectors of the package with what an administrator filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.connectors.egress import Policy
from builder.connectors.vault import Connection, Vault
from builder.metadata.outside import Connector
from builder.runtime.engine import Engine
from builder.storage import connections


def policy_of(engine: Engine) -> Policy:
    """Where the process may speak to. Raises ``ValueError`` where the settings cannot be read."""
    return Policy.of(engine.settings.egress_allow, engine.settings.egress_private)


def vault_of(engine: Engine) -> Vault:
    return Vault(Path(engine.settings.var))


def connection_key(app_id: int, connector: Connector) -> str:
    """Under which a connector's connection is kept: by uid, so that renaming loses nothing."""
    return f"connector:{app_id}:{connector.uid}"


def connection_of(engine: Engine, conn: Any, ws: int, app_id: int, connector: Connector) -> Connection:
    """The connection as it is set up; off and empty where it is not."""
    row = connections.get(conn, ws, connection_key(app_id, connector))
    if row is None:
        return Connection(connector.origin)
    return vault_of(engine).opened(row.cipher, row.origin)
