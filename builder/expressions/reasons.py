"""Why an expression could not be worked out, in the words of the person who entered the values. Pure."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]


def _words(zh: str, en: str) -> Words:
    return {"zh-CN": zh, "en": en}


OTHERWISE = _words("公式有误", "the formula is wrong")
"""What is wrong with a formula that publishing would refuse."""

REASONS: Mapping[str, Words] = {
    "amount": _words("金额超出可大写的范围", "the amount is too large to be written out"),
    "character": _words("填充或分隔只能用一个字符", "one character is needed to fill or to separate"),
    "date": _words("需要日期", "a date is needed"),
    "day": _words("没有这一天", "there is no such day"),
    "digits": _words("数字太大", "the number is too large"),
    "division": _words("除数为零", "division by zero"),
    "environment": _words(
        "此处不能用当前日期、用户或余额", "today, the user and balances are not known here"
    ),
    "format": _words("显示格式无法识别", "the pattern is not known"),
    "lengths": _words("两列的行数不同", "the two columns are not of the same length"),
    "limits": _words("下限大于上限", "the lower limit is above the upper one"),
    "list": _words("需要一列值", "a list is needed"),
    "method": _words("分摊方式无法识别", "the way of allocating is not known"),
    "missing": _words("缺少需要的值", "a value is missing"),
    "negative": _words("数字不能为负", "the number must not be negative"),
    "number": _words("需要数字", "a number is needed"),
    "order": _words("两个值不能比较大小", "the two values have no order"),
    "positive": _words("数字必须大于零", "the number must be above zero"),
    "range": _words("日期超出范围", "the date is out of range"),
    "scale": _words("小数位数过多", "there are too many digits after the point"),
    "text": _words("文字太长", "the text is too long"),
    "texts": _words("需要文字", "text is needed"),
    "truth": _words("需要“是”或“否”", "yes or no is needed"),
    "unit": _words("时间单位无法识别", "the unit of time is not known"),
    "value": _words("值的类型不对", "a value is of the wrong kind"),
    "whole": _words("需要范围内的整数", "a whole number within the limits is needed"),
}
