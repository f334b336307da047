"""The Content-Security-Policy and its companions. Nothing inline runs without the nonce of its own answer."""

from __future__ import annotations

import secrets


def new_nonce() -> str:
    return secrets.token_urlsafe(18)


def content_security_policy(nonce: str, *, wasm: bool = False, trusted_types: bool = False) -> str:
    """The policy of a page. ``wasm`` is for pages that scan with the camera; ``trusted_types`` for pages without htmx."""
    scripts = f"'self' 'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if wasm else "")
    rules = [
        "default-src 'none'",
        f"script-src {scripts}",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]
    if trusted_types:
        rules.append("require-trusted-types-for 'script'")
    return "; ".join(rules)


def security_headers(nonce: str, *, scanning: bool = False, https: bool = False) -> dict[str, str]:
    """Headers of every answer. The camera is open only to pages that scan."""
    headers = {
        "Content-Security-Policy": content_security_policy(nonce, wasm=scanning),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": f"camera=({'self' if scanning else ''}), microphone=(), geolocation=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
