"""Shell: what the frame around every page shows. Plain values, made by the room that knows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.metadata.text import FIRST_LOCALE

Theme = Literal["auto", "light", "dark"]
Density = Literal["compact", "comfortable"]
COLOURS = ("blue", "green", "orange", "purple", "red", "cyan", "gray")


@dataclass(frozen=True, slots=True)
class ShellUser:
    """The person at the screen. ``detail`` is a second line (position, org unit)."""

    name: str
    detail: str = ""

    @property
    def initial(self) -> str:
        """One character for the round badge: the family name in Chinese, a capital otherwise."""
        return self.name.strip()[:1].upper() or "?"


@dataclass(frozen=True, slots=True)
class AppLink:
    """An app in the switcher and on the home page. ``colour`` is one of ``COLOURS``."""

    key: str
    label: str
    url: str
    icon: str = "apps"
    colour: str = "blue"
    note: str = ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the side menu. An entry with ``items`` is a heading over them; ``count`` is a small number, which the page keeps up to
    date where ``live`` names the figure of its stream."""

    label: str
    url: str = ""
    icon: str = "point"
    current: bool = False
    count: int = 0
    live: str = ""
    items: tuple[MenuItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything ``base.html`` needs besides its blocks.

    ``user`` None means: nobody is signed in, no menu, no search. ``csrf`` is the session's token.
    ``live`` is where the page's stream of news begins (empty: it has none). ``may_design`` shows the way to the designer. ``pinned`` are up to five entries for a phone's bottom bar.
    """

    product: str = "掌柜"
    user: ShellUser | None = None
    app: AppLink | None = None
    apps: tuple[AppLink, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    pinned: tuple[MenuItem, ...] = ()
    locale: str = FIRST_LOCALE
    theme: Theme = "auto"
    density: Density = "compact"
    notifications: int = 0
    live: str = ""
    csrf: str = ""
    home_url: str = "/"
    search_url: str = "/search"
    inbox_url: str = "/inbox"
    account_url: str = "/account"
    sign_out_url: str = "/sign-out"
    preferences_url: str = "/preferences"
    notice: str = ""
    """What everybody has to know on every page; ``notice_bad``: nothing can be written."""
    notice_bad: bool = False
    tour: Mapping[str, Any] | None = None
    """The first-run tour that is offered: ``title``, ``text``, and what ``<zg-tour>`` reads."""
    designer_url: str = ""
    catalog_url: str = ""
    """Where apps are installed; empty for who may install none."""
