"""Number series: how a pattern becomes a number. Commit counts; this says of what."""

from __future__ import annotations

import re
from datetime import date

from builder.changes import NumberRequest
from builder.metadata.entity import Series

COUNTER = re.compile(r"\{(0*1)\}")
DATES = {"yyyyMMdd": "%Y%m%d", "yyyyMM": "%Y%m", "yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d"}
RESETS = {"never": "", "year": "%Y", "month": "%Y%m", "day": "%Y%m%d"}


def request_for(
    entity: str, record_id: int, field: str, series: Series, day: date, org_unit: str = ""
) -> NumberRequest:
    """What commit must count for a record of that business day: ``XSDD{yyyyMMdd}-{0001}`` becomes ``XSDD20261125-{n}``."""
    text = series.pattern.replace("{org}", org_unit)
    for name, form in DATES.items():
        text = text.replace("{" + name + "}", day.strftime(form))
    found = COUNTER.search(text)
    digits = len(found.group(1)) if found else 1
    pattern = COUNTER.sub("{n}", text, count=1) if found else text + "{n}"
    form = RESETS[series.reset]
    scope = day.strftime(form) if form else ""
    if series.per_org_unit:
        scope = f"{scope}/{org_unit}"
    return NumberRequest(entity, record_id, field, series.uid, scope, pattern, digits)


def fill(request: NumberRequest, count: int) -> str:
    """The number for the ``count``-th record: zero-filled, longer where the digits do not suffice."""
    return request.pattern.replace("{n}", str(count).zfill(request.digits))
