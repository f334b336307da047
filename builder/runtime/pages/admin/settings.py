"""Settings of an app: thresholds, switches and texts that change without a new version, with everything that they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import ChangeSetting
from builder.errors import InvalidError, Problem
from builder.metadata.report import Setting
from builder.metadata.settings import exact_setting, option_names, parse_setting, settings_of
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.list_filters import ListFilters
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.storage import accounts
from builder.storage import apps as stored_apps
from builder.web.formats import format_number

NUMBERS = frozenset({"integer", "decimal", "money"})
GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("switches", frozenset({"boolean"})),
    ("thresholds", NUMBERS),
    ("choices", frozenset({"choice", "text", "filter"})),
)
LONG = 24
SHOWN = 100


def add_settings(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/settings``."""

    @pages.get("/a/<app>/settings")
    def settings(app: str) -> str:
        with site.reading(app) as ctx:
            return _page(site, ctx)

    @pages.post("/a/<app>/settings")
    def settings_save(app: str) -> str | BaseResponse:
        actor = site.actor()
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            changed, problems = _asked(ctx)
            if problems:
                return _page(site, ctx, problems=problems)
        for key, value in changed.items():
            site.door.send(actor, ChangeSetting(app, key, value), None)
        return done(
            addresses.built_in_page(app, "settings"), "settings_saved" if changed else "settings_same"
        )


def _asked(ctx: Context) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The settings whose value in the form is another one, and what is wrong with it."""
    changed: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    stored = stored_apps.settings(ctx.conn, ctx.ws, ctx.app.row.app_id)
    for setting in settings_of(ctx.app.package):
        if f"is.{setting.key}" not in request.form:
            continue
        sent = _sent(setting)
        value = sent if isinstance(sent, Problem) else parse_setting(setting, sent)
        if isinstance(value, Problem):
            problems[setting.key] = value
        elif value != _current(setting, stored.get(setting.key)):
            changed[setting.key] = value
    return changed, problems


def _sent(setting: Setting) -> Any:
    """What the form says, as JSON has it."""
    text = request.form.get(setting.key, "")
    if setting.type == "boolean":
        return text == "true"
    if setting.type in NUMBERS:
        return text.replace(",", "").replace("，", "").strip()
    if setting.type == "filter":
        try:
            return orjson.loads(text) if text else None
        except orjson.JSONDecodeError:
            return Problem("MALFORMED")
    return text


def _current(setting: Setting, stored: Any) -> Any:
    """The value that holds, in JSON form; a stored one that is no longer allowed has given way to the default."""
    found = parse_setting(setting, stored)
    if found is None or isinstance(found, Problem):
        found = parse_setting(setting, setting.default)
    return None if isinstance(found, Problem) else found


def _page(site: Site, ctx: Context, *, problems: Mapping[str, Problem] | None = None) -> str:
    ctx.kernel.require("settings")
    words = site.words()
    stored = stored_apps.settings(ctx.conn, ctx.ws, ctx.app.row.app_id)
    drawn = Drawn(ctx, words, stored, problems or {})
    groups = []
    switches = {module.setting for module in ctx.app.package.app.modules}
    for key, types in (("parts", frozenset({"boolean"})), *GROUPS):
        of_kind = (s for s in settings_of(ctx.app.package) if s.type in types)
        own = [drawn.field(s) for s in of_kind if (s.key in switches) == (key == "parts")]
        if own:
            groups.append({"key": key, "label": words.say(f"admin.settings.{key}"), "fields": own})
    error = InvalidError(problems=list(problems.values())) if problems else None
    return site.page(
        "admin/settings.html",
        groups=groups,
        history=list(drawn.history()),
        at=addresses.built_in_page(ctx.app.key, "settings"),
        **outcome(words, error),
    )


@dataclass(frozen=True)
class Drawn:
    """Settings as a page shows them to one reader."""

    ctx: Context
    words: Words
    stored: Mapping[str, Any]
    problems: Mapping[str, Problem]

    def field(self, setting: Setting) -> dict[str, Any]:
        """A setting as ``_fields.html`` draws it, with what it was before anybody changed it."""
        help = self.words.of(setting.help)
        names = option_names(setting.options, help)
        value = _current(setting, self.stored.get(setting.key))
        if self.problems:
            value = _sent(setting)
        is_long = setting.type == "text" and len(str(value or setting.default or "")) > LONG
        default = self.text(setting, setting.default)
        shown = "" if names else help
        return {
            "key": setting.key,
            "label": self.words.of(setting.label),
            "type": "long_text" if is_long else setting.type,
            "span": 2 if is_long else 1,
            "required": False,
            "readOnly": False,
            "help": " ".join(part for part in (shown, self._default(default)) if part),
            "unit": "",
            "placeholder": "",
            "maxLength": 500,
            "options": [{"key": o, "label": names.get(o, o)} for o in setting.options],
            "lookupUrl": "",
            "value": value,
            "errors": [self._told(self.problems[setting.key])] if setting.key in self.problems else [],
            "filter": self._filter(setting),
        }

    def _default(self, text: str) -> str:
        return self.words.say("admin.setting_default", value=text) if text and len(text) <= LONG else ""

    def _told(self, problem: Problem) -> str:
        return self.words.message(problem.code, problem.params, problem.message)

    def _filter(self, setting: Setting) -> Mapping[str, Any] | None:
        """What the builder of conditions needs."""
        entity = self.ctx.app.package.entity(setting.entity or "")
        if setting.type != "filter" or entity is None:
            return None
        fields = ListFilters(self.ctx, self.words, entity).fields()
        return {
            "fields": fields,
            "filter": _current(setting, self.stored.get(setting.key)),
            "today": self.ctx.pending.today.isoformat(),
        }

    def text(self, setting: Setting, value: Any) -> str:
        """A value in words."""
        exact = exact_setting(setting, value)
        if isinstance(exact, Problem) or exact is None:
            return ""
        if isinstance(exact, bool):
            return self.words.say("el.yes" if exact else "el.no")
        if isinstance(exact, Decimal):
            return format_number(exact, setting.scale if setting.type != "integer" else 0)
        if setting.type == "choice":
            return option_names(setting.options, self.words.of(setting.help)).get(str(exact), str(exact))
        return self.words.say("admin.setting_conditions") if setting.type == "filter" else str(exact)

    def history(self) -> Iterator[Mapping[str, Any]]:
        """What settings were changed to, by whom and when; a setting that the app no longer has is left out."""
        known = {s.key: s for s in settings_of(self.ctx.app.package)}
        rows = stored_apps.setting_log(self.ctx.conn, self.ctx.ws, self.ctx.app.row.app_id, limit=SHOWN)
        names = {u.user_id: u.name for u in accounts.users(self.ctx.conn, self.ctx.ws)}
        values = {(row.key, row.version): row.value for row in rows}
        for row in rows:
            setting = known.get(row.key)
            if setting is None:
                continue
            before = values.get((row.key, row.version - 1), setting.default)
            yield {
                "label": self.words.of(setting.label),
                "before": self.text(setting, before if before is not None else setting.default),
                "after": self.text(setting, row.value if row.value is not None else setting.default),
                "who": names.get(row.actor_id, "") or self.words.say("page.system"),
                "when": self.words.instant(row.at),
            }
