"""How a person wants pages to look before we know who it is: three cookies that the page writes and we only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from flask import Request

from builder.web.locale import choose_locale
from builder.web.shell import Density, Theme


@dataclass(frozen=True, slots=True)
class Preferences:
    locale: str
    theme: Theme
    density: Density


def read_preferences(request: Request, account_locale: str | None = None) -> Preferences:
    """Cookies ``zg_locale``, ``zg_theme``, ``zg_density``, checked; without a cookie the account's language, then the browser's."""
    theme = request.cookies.get("zg_theme", "")
    density = request.cookies.get("zg_density", "")
    return Preferences(
        choose_locale(
            request.cookies.get("zg_locale"),
            account_locale,
            accept_language=request.headers.get("Accept-Language", ""),
        ),
        cast("Theme", theme if theme in get_args(Theme) else "auto"),
        cast("Density", density if density in get_args(Density) else "compact"),
    )
