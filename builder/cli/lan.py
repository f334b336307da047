"""LAN: an own certificate for the address of this machine, so that a phone in the same network can scan over HTTPS."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=365)
"""Browsers refuse certificates that live much longer."""
RENEWED = timedelta(days=7)
"""A certificate with less left is made anew."""
LOCAL = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Where the certificate and its key lie."""

    cert: Path
    key: Path


def lan_address() -> str:
    """The address of this machine in its network; nothing is sent to find it out. 127.0.0.1 where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return LOCAL[0]


def certificate(folder: Path, address: str, now: datetime) -> Certificate:
    """The certificate for ``address``: the one that was made before, or a new one where that has ended, ends soon or is for another."""
    kept = Certificate(folder / "lan.pem", folder / "lan.key")
    if not _is_good(kept, address, now):
        folder.mkdir(parents=True, exist_ok=True)
        _make(kept, address, now)
    return kept


def _is_good(kept: Certificate, address: str, now: datetime) -> bool:
    if not kept.key.is_file():
        return False
    try:
        found = x509.load_pem_x509_certificate(kept.cert.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    is_for = ip_address(address) in names.get_values_for_type(x509.IPAddress)
    return is_for and found.not_valid_before_utc <= now and found.not_valid_after_utc - now > RENEWED


def _make(kept: Certificate, address: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Zhanggui {address}")])
    addresses = [ip_address(one) for one in dict.fromkeys((address, *LOCAL))]
    names = [x509.DNSName("localhost"), *(x509.IPAddress(one) for one in addresses)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An hour back: a phone's clock may be behind.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(kept.key, secret)
    _write(kept.cert, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, body: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        out.write(body)
    partial.replace(path)


def show_code(url: str, out: TextIO) -> None:
    """The address as a QR code of text, for a phone's camera."""
    print(f"\n  {url}\n", file=out)
    segno.make(url, micro=False).terminal(out=out, compact=True)
    print(file=out, flush=True)


def prepared(var: str, port: int, out: TextIO) -> Certificate:
    """Certificate and address of this machine now, told to whoever looks at the terminal."""
    address = lan_address()
    kept = certificate(Path(var) / "tls", address, datetime.now(UTC))
    show_code(f"https://{address}:{port}", out)
    return kept
