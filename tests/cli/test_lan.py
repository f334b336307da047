"""Serving a network: an own certificate that is kept, renewed and really spoken with."""

from __future__ import annotations

import io
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from builder.cli.lan import LIFE, certificate, lan_address, show_code

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_certificate_is_kept_until_it_ends_or_the_address_moves(tmp_path: Path) -> None:
    first = certificate(tmp_path, "192.168.1.5", NOW).cert.read_bytes()
    assert certificate(tmp_path, "192.168.1.5", NOW + timedelta(days=300)).cert.read_bytes() == first
    moved = certificate(tmp_path, "192.168.1.6", NOW).cert.read_bytes()
    assert moved != first
    late = certificate(tmp_path, "192.168.1.6", NOW + LIFE - timedelta(days=1)).cert.read_bytes()
    assert late != moved
    (tmp_path / "lan.pem").write_text("broken")
    kept = certificate(tmp_path, "192.168.1.6", NOW)
    assert kept.cert.read_bytes().startswith(b"-----BEGIN CERTIFICATE")
    assert kept.key.stat().st_mode & 0o077 == 0


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.enable_socket
def test_who_trusts_the_certificate_speaks_tls_with_it(tmp_path: Path) -> None:
    kept = certificate(tmp_path, "127.0.0.1", datetime.now(UTC))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(kept.cert, kept.key)
    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        server.socket = ours.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        theirs = ssl.create_default_context(cafile=str(kept.cert))
        with urlopen(f"https://127.0.0.1:{server.server_port}/", context=theirs) as answer:
            assert answer.read() == b"ok"
        server.shutdown()


def test_the_address_is_shown_as_a_code() -> None:
    out = io.StringIO()
    show_code("https://192.168.1.5:8000", out)
    assert "https://192.168.1.5:8000" in out.getvalue()
    assert len(out.getvalue().splitlines()) > 10
    assert lan_address().count(".") == 3
