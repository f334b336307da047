"""The shop with papers: orders with pictures, a paper and a signature, lines with a picture, deliveries that take the pictures along."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from tests.runtime.shop import Nodes, shop_nodes


def _field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


def paper_nodes() -> Nodes:
    """Its definitions: the clerk may not read ``paper``."""
    nodes: dict[tuple[str, str], Any] = {name: dict(body) for name, body in shop_nodes().items()}
    order = [
        _field("order", "photos", "image", max_count=2, max_size=2000),
        _field("order", "paper", "file", accept=["pdf"]),
        _field("order", "anything", "file"),
        _field("order", "signed", "signature"),
    ]
    _add(nodes, "order", *order)
    _add(nodes, "order_line", _field("order_line", "photo", "image"))
    _add(nodes, "delivery", _field("delivery", "photos", "image"))
    conversion = dict(nodes["entity", "order"]["conversions"][0])
    conversion["map"] = {**conversion["map"], "photos": "photos"}
    nodes["entity", "order"]["conversions"] = [conversion]
    roles = [dict(role) for role in nodes["roles", "roles"]["roles"]]
    grants = [
        {**g, "hidden": ["paper", "lines.photo"]} if g["entity"] == "order" else g for g in roles[2]["grants"]
    ]
    roles[2] = {**roles[2], "grants": grants}
    nodes["roles", "roles"] = {"roles": roles}
    return nodes


def _add(nodes: dict[tuple[str, str], dict[str, Any]], entity: str, *fields: dict[str, Any]) -> None:
    body = nodes["entity", entity]
    body["fields"] = [*body["fields"], *fields]


def png(shade: int = 0) -> bytes:
    """A real picture of one point."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", zlib.compress(bytes([0, shade]))) + part(b"IEND", b"")
    )


PDF = b"%PDF-1.4\n%%EOF\n"
