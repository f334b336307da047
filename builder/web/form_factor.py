"""Form factor: whether a request comes from a phone or from a desk, as far as it says so itself."""

from __future__ import annotations

from typing import Literal

from flask import Request

FormFactor = Literal["desk", "phone"]
HEADER = "X-Form-Factor"
COOKIE = "zg_form"
HINTS: dict[str, FormFactor] = {"?1": "phone", "?0": "desk"}
NAMES: dict[str, FormFactor] = {"desk": "desk", "phone": "phone"}


def declared(request: Request) -> FormFactor | None:
    """What the program says in its header; None where it says nothing."""
    return NAMES.get(request.headers.get(HEADER, ""))


def form_factor(request: Request) -> FormFactor:
    """What the program declares, else the browser's own hint, else what the page measured and keeps in a cookie, else what the browser
    calls itself. A browser gives the hint over secure connections alone, and not every browser does."""
    found = (
        declared(request)
        or HINTS.get(request.headers.get("Sec-CH-UA-Mobile", ""))
        or NAMES.get(request.cookies.get(COOKIE, ""))
    )
    return found or ("phone" if "Mobi" in request.headers.get("User-Agent", "") else "desk")
