"""Settings: what the owner changes without a new version: read, limited, and completed by the declared defaults. Pure.

A stored setting is in JSON form (numbers as strings); what rules and expressions see is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.filter import read_filter
from builder.metadata.modules import Module
from builder.metadata.package import Package
from builder.metadata.report import Setting
from builder.record import Value

RULE_LOG_DAYS = "rule_log_days"
MIRROR_HOURS = "mirror_hours"
BUILT_IN: tuple[Setting, ...] = (
    Setting(
        "builder.setting.force_approval",
        "force_approval",
        {"zh-CN": "强制审核", "en": "Forced approval"},
        "boolean",
        True,
        {
            "zh-CN": "打开时，未审核的单据不能生成后续单据。",
            "en": "While on, an unapproved document makes no further documents.",
        },
    ),
    Setting(
        f"builder.setting.{RULE_LOG_DAYS}",
        RULE_LOG_DAYS,
        {"zh-CN": "自动化记录保留天数", "en": "Days that the automation log is kept"},
        "integer",
        "180",
        {
            "zh-CN": "超过这么多天的自动化运行记录会自动清理。",
            "en": "Runs of rules that are older are removed by themselves.",
        },
        min="1",
        max="3650",
    ),
    Setting(
        f"builder.setting.{MIRROR_HOURS}",
        MIRROR_HOURS,
        {"zh-CN": "等待过久的小时数", "en": "Hours after which something waits too long"},
        "integer",
        "24",
        {
            "zh-CN": "在一个环节停留超过这么多小时的单据，会在流程镜像里按环节列出。",
            "en": "Documents that have stood at a step for longer are listed by step in the process mirror.",
        },
        min="1",
        max="8760",
    ),
)
"""Settings that every app has; one that declares the same key says its own default and words."""
PLACE = "/value"


def settings_of(package: Package) -> tuple[Setting, ...]:
    """The app's settings in their order, then the built-in ones that it does not declare itself."""
    own = {s.key for s in package.app.settings}
    switches = (switch_of(module) for module in package.app.modules)
    return (*package.app.settings, *switches, *(s for s in BUILT_IN if s.key not in own))


def switch_of(module: Module) -> Setting:
    """The setting that switches a part of the app."""
    return Setting(
        f"{module.uid}.switch", module.setting, module.label, "boolean", module.default, module.help
    )


def find_setting(package: Package, key: str) -> Setting | None:
    """The app's or the built-in setting of that key."""
    return next((s for s in settings_of(package) if s.key == key), None)


def option_names(options: Sequence[str], help: str) -> dict[str, str]:
    """Words for the values of a choice, where the help explains them one by one (``key: words; key: words``); else none at all."""
    found: dict[str, str] = {}
    for part in help.replace("；", ";").split(";"):
        key, colon, text = part.replace("：", ":").partition(":")
        if colon and key.strip() in options:
            found[key.strip()] = text.strip().rstrip("。.")
    return found if len(found) == len(options) else {}


def parse_setting(setting: Setting, value: Any) -> Any | Problem:
    """The JSON form in which the value is kept, or the problem that says why it is none. None takes the default."""
    exact = exact_setting(setting, value)
    if isinstance(exact, Problem) or exact is None or setting.type == "filter":
        return exact
    field = _field(setting)
    return FIELD_TYPES.get(field.type).to_json(exact, field)


def exact_setting(setting: Setting, value: Any) -> Value | Problem:
    """The exact value of a setting in JSON form, within its limits, or the problem."""
    if value is None or (value == "" and setting.type != "text"):
        return None
    if setting.type == "filter":
        return _filter(value)
    if setting.type == "choice":
        return _choice(setting, value)
    if setting.type == "text" and value == "" and not setting.pattern:
        return ""
    field = _field(setting)
    kind = FIELD_TYPES.get(field.type)
    found = kind.parse(value, field)
    problem = found if isinstance(found, Problem) else kind.check(found, field)
    return found if problem is None else _placed(problem)


def with_defaults(package: Package, raw: Mapping[str, Any]) -> dict[str, Value]:
    """Every setting's exact value by key: the stored one, else the declared default. A stored value that a newer version no longer
    allows gives way to the default."""
    return {s.key: _current(s, raw.get(s.key)) for s in settings_of(package)}


def _current(setting: Setting, stored: Any) -> Value:
    found = exact_setting(setting, stored)
    if found is None or isinstance(found, Problem):
        found = exact_setting(setting, setting.default)
    return None if isinstance(found, Problem) else found


def _placed(problem: Problem) -> Problem:
    return Problem(problem.code, PLACE, problem.params, problem.message)


def _filter(value: Any) -> Value | Problem:
    _, problems = read_filter(value, PLACE)
    return problems[0] if problems else dict(value)


def _choice(setting: Setting, value: Any) -> Value | Problem:
    if isinstance(value, str) and value in setting.options:
        return value
    return Problem("VALUE_CHOICE", PLACE, {"field": setting.label, "value": str(value)[:80]})


def _field(setting: Setting) -> Field:
    """A field of the same type and limits, so that the field types read and check the value."""
    scale = setting.scale if setting.type in {"decimal", "money"} else None
    return Field(
        uid=setting.uid,
        key=setting.key,
        type=setting.type,
        label=setting.label,
        scale=scale,
        min=setting.min,
        max=setting.max,
        pattern=setting.pattern,
        pattern_message=setting.pattern_message,
    )
