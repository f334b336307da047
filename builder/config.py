"""Settings of the process, read once from the environment (``BUILDER_*``) and ``builder.toml``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _option(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True)
class Settings:
    """What the process runs with. Each attribute is one setting: ``BUILDER_<NAME>`` in the environment wins
    over ``<name>`` in ``builder.toml``, which wins over the default."""

    database: str = _option(
        "sqlite:///var/zhanggui.db", "Database URL: sqlite:///path or postgresql://user@host/name"
    )
    var: str = _option("var", "Folder for files, keys and backups that belong to the database")
    host: str = _option("127.0.0.1", "Address the server listens on")
    port: int = _option(8000, "Port the server listens on")
    threads: int = _option(24, "Threads of one server process")
    workers: int = _option(1, "Server processes (PostgreSQL only; SQLite always runs one)")
    worker: bool = _option(True, "Whether serve also runs the relay and the schedules")
    secret_key: str = _option("", "Key that signs cookies; made once and kept in var when empty")
    secure_cookies: bool = _option(
        False, "Send cookies over HTTPS only; everybody must come through HTTPS then"
    )
    trusted_proxies: str = _option(
        "", "Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, comma-separated"
    )
    trusted_hosts: str = _option(
        "", "Host names that are answered, comma-separated; empty answers local ones"
    )
    locale: str = _option("zh-CN", "Language of a new workspace: zh-CN or en")
    timezone: str = _option("Asia/Shanghai", "Time zone of a new workspace")
    max_body: int = _option(20_000_000, "Largest request body in bytes")
    session_hours: int = _option(12, "Hours after which an idle session ends")
    log_level: str = _option("INFO", "Least severe messages that are logged")
    move_batch: int = _option(500, "Records that one step of moving fields carries along")
    move_pause: int = _option(20, "Milliseconds between two steps of moving fields")
    places_kept_days: int = _option(
        90, "Days for which the values of a changed or removed field are kept for a roll-back"
    )
    smtp_host: str = _option("", "Mail server; empty keeps e-mail in the outbox")
    smtp_port: int = _option(25, "Port of the mail server")
    smtp_from: str = _option("", "Sender address of e-mail")
    egress_allow: str = _option(
        "", "Outside origins that may be spoken to, comma-separated: https://host; empty allows none"
    )
    egress_private: str = _option(
        "",
        "Private networks in which allowed origins may lie, comma-separated: 10.0.0.0/8; empty allows none",
    )

    @classmethod
    def load(
        cls, environ: Mapping[str, str] | None = None, folder: Path | None = None, **overrides: Any
    ) -> Settings:
        """Settings from ``builder.toml`` in ``folder``, the environment, and ``overrides`` (strongest; None is left out).

        Raises ``ValueError`` naming the setting whose text is not of its type, and for names that do not exist."""
        environ = os.environ if environ is None else environ
        path = (folder or Path.cwd()) / "builder.toml"
        values: dict[str, Any] = {}
        if path.is_file():
            values.update(tomllib.loads(path.read_text(encoding="utf-8")))
        known = {f.name: f for f in fields(cls)}
        for name in known:
            if f"BUILDER_{name.upper()}" in environ:
                values[name] = environ[f"BUILDER_{name.upper()}"]
        values.update({k: v for k, v in overrides.items() if v is not None})
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        return cls(**{name: _typed(name, value, known[name].default) for name, value in values.items()})


def _typed(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
            return str(value).lower() in {"1", "true", "yes", "on"}
    elif isinstance(default, int):
        try:
            return int(str(value))
        except ValueError:
            pass
    elif isinstance(default, str):
        return str(value)
    raise ValueError(f"setting {name}: {value!r} is not {type(default).__name__}")
