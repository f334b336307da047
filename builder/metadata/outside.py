"""What an app does with the outside: connectors. Definitions only; secrets are never part of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class Connector:
    """An outside system. ``origin`` is the only place it may speak to (``https://host``); ``secrets`` names the secrets that an
    administrator fills in. ``settings`` are plain values of the kind. It is off until an administrator turns it on.

    *rest* and *webhook* send JSON, signed with the secret ``signing``, to the setting ``path`` by ``method``; the message's id, the same at every
    try, stands in ``id_header``. ``signature`` *hex* puts the signature of the body alone into ``signature_header``, with ``prefix``; a secret ``token``
    goes along as a bearer's; ``events`` names topics of the engine that it carries outside (*anchor.heads*). *robot* speaks to a group robot of ``vendor`` (*wecom*, *dingtalk*, *feishu*)."""

    uid: str
    key: str
    label: Text
    kind: Literal["rest", "webhook", "robot", "mail", "other"]
    origin: str = ""
    vendor: str = ""
    secrets: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    help: Text | None = None
