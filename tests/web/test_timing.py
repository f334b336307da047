"""A schedule in words, in both languages."""

from __future__ import annotations

from functools import partial

import pytest

from builder.web.locale import Texts
from builder.web.timing import date_words, schedule_words

TEXTS = Texts.load()
ZH, EN = (partial(TEXTS.text, locale=locale) for locale in ("zh-CN", "en"))


@pytest.mark.parametrize(
    ("cron", "working", "zh", "en"),
    [
        ("0 8 * * *", None, "每天 08:00", "every day at 08:00"),
        ("30 8,18 * * *", None, "每天 08:30、18:30", "every day at 08:30, 18:30"),
        ("0 8 * * *", "only", "每个工作日 08:00", "every working day at 08:00"),
        ("0 8 * * 1-5", None, "周一至周五 08:00", "Monday to Friday at 08:00"),
        ("0 8 * * mon,sun", None, "每周一、日 08:00", "every Monday, Sunday at 08:00"),
        ("0 8 * * 1", "only", "每周一（只在工作日） 08:00", "every Monday (working days only) at 08:00"),
        ("0 8 1,15 * *", None, "每月1日、15日 08:00", "each month on the 1st, the 15th at 08:00"),
        ("0 8 L * *", None, "每月最后一天 08:00", "each month on the last day at 08:00"),
        (
            "0 8 22 * *",
            "next",
            "每月22日（遇休息日顺延到下一个工作日） 08:00",
            "each month on the 22nd (on a day off: the next working day) at 08:00",
        ),
        ("0 8 1,L * *", "count", "每月第一个工作日、最后一个工作日 08:00", "each month on the first working day, the last working day at 08:00"),
        ("0 8 3 * *", "count", "每月第3个工作日 08:00", "each month on working day 3 at 08:00"),
        ("0 8 * * *", "count", "每个工作日 08:00", "every working day at 08:00"),
        ("0 8 1 1,7 *", None, "每年1月、7月的1日 08:00", "each year on the 1st of January, July at 08:00"),
        ("0 8 13 * 5", None, "每月13日或每周五 08:00", "each month on the 13th or every Friday at 08:00"),
        ("*/15 * * * *", None, "每 15 分钟", "every 15 minutes"),
        ("* 9-17 * * *", None, "09 点至 17 点之间每分钟", "hours 09 to 17, every minute"),
        ("5 * * * *", None, "每小时的第 05 分", "minute 05 of each hour"),
        ("1,2,9 * * * *", None, "每小时的第 01、02、09 分", "minutes 01, 02, 09 of each hour"),
        ("*/30 * * * 1-5", None, "周一至周五，每 30 分钟", "Monday to Friday, every 30 minutes"),
        ("0 9 * 6 *", "only", "6月的每个工作日 09:00", "every working day in June at 09:00"),
        ("nonsense", None, "（时间表读不懂）", "(a schedule that makes no sense)"),
    ],
)  # fmt: skip
def test_a_schedule_is_said_in_words(cron: str, working: str | None, zh: str, en: str) -> None:
    assert schedule_words(cron, working, ZH) == zh
    assert schedule_words(cron, working, EN) == en


@pytest.mark.parametrize(
    ("days", "working", "zh", "en"),
    [
        (0, None, "到期日当天", "on 到期日"),
        (-3, None, "到期日前 3 天", "3 days before 到期日"),
        (1, None, "到期日后 1 天", "the day after 到期日"),
        (-3, "count", "到期日前 3 个工作日", "3 working days before 到期日"),
        (
            0,
            "next",
            "到期日当天（遇休息日顺延到下一个工作日）",
            "on 到期日 (on a day off: the next working day)",
        ),
    ],
)
def test_a_relative_date_is_said_in_words(days: int, working: str | None, zh: str, en: str) -> None:
    assert date_words("到期日", days, working, ZH) == zh
    assert date_words("到期日", days, working, EN) == en
