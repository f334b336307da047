"""Words for what problems speak of: kinds of things and types of values, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from builder.metadata.text import Text

KINDS: Mapping[str, Text] = {
    "entity": {"zh-CN": "实体", "en": "entity"},
    "field": {"zh-CN": "字段", "en": "field"},
    "option": {"zh-CN": "选项", "en": "option"},
    "posting": {"zh-CN": "记账", "en": "posting"},
    "conversion": {"zh-CN": "下推", "en": "conversion"},
    "form": {"zh-CN": "表单", "en": "form"},
    "view": {"zh-CN": "列表", "en": "list"},
    "ledger": {"zh-CN": "账本", "en": "ledger"},
    "dimension": {"zh-CN": "维度", "en": "dimension"},
    "measure": {"zh-CN": "度量", "en": "measure"},
    "grain": {"zh-CN": "余额粒度", "en": "grain"},
    "guard": {"zh-CN": "守卫", "en": "guard"},
    "report": {"zh-CN": "报表", "en": "report"},
    "dashboard": {"zh-CN": "看板", "en": "dashboard"},
    "state": {"zh-CN": "状态", "en": "state"},
    "transition": {"zh-CN": "动作", "en": "transition"},
    "role": {"zh-CN": "角色", "en": "role"},
    "rule": {"zh-CN": "规则", "en": "rule"},
    "setting": {"zh-CN": "设置", "en": "setting"},
}

TYPES: Mapping[str, Text] = {
    "number": {"zh-CN": "数字", "en": "a number"},
    "text": {"zh-CN": "文本", "en": "text"},
    "bool": {"zh-CN": "是或否", "en": "yes or no"},
    "date": {"zh-CN": "日期", "en": "a date"},
    "datetime": {"zh-CN": "日期时间", "en": "a date with time"},
    "time": {"zh-CN": "时间", "en": "a time"},
    "list": {"zh-CN": "列表", "en": "a list"},
    "ref": {"zh-CN": "引用", "en": "a reference"},
    "any": {"zh-CN": "任意值", "en": "anything"},
    "none": {"zh-CN": "空值", "en": "nothing"},
}


def kind_words(kind: str) -> Text:
    """What people call a kind of target."""
    return KINDS.get(kind, kind)


def type_words(name: object) -> object:
    """What people call a type of expressions (``list of number``, ``ref order``); anything else as it is."""
    return TYPES.get(str(name).partition(" ")[0], name) if isinstance(name, str) else name
