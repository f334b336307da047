"""Example data for the pages that the web room's own tests look at."""

from __future__ import annotations

from typing import Any

from builder.expressions import compile_expression
from builder.expressions.to_json import to_json
from builder.web.shell import AppLink, MenuItem, Shell, ShellUser

ITEMS = [
    (101, "D-001", "内六角螺栓 M8×30", "nljls", "个", "0.85"),
    (102, "D-002", "深沟球轴承 6204", "sgqzc", "个", "12.50"),
    (103, "D-003", "冷轧钢板 2.0×1250×2500", "lzgb", "张", "438.00"),
    (104, "D-004", "铜芯电缆 3×2.5mm²", "txdl", "米", "9.60"),
    (105, "D-005", "PLC 控制器 S7-1200", "plckzq", "台", "1860.00"),
    (106, "D-006", "瓦楞纸箱 400×300", "wlzx", "个", "3.20"),
    (107, "D-007", "工业机油 46# 18L", "gyjy", "桶", "285.00"),
    (108, "D-008", "Safety gloves, size M", "sg", "双", "2.10"),
]
PEOPLE = ["王敏", "李建国", "陈晓", "Zhao Lei", "周婷"]
PARTNERS = ["苏州精密五金有限公司", "宁波华塑包装", "东莞市鸿达电子", "Shanghai Bearing Co.", "无锡金属材料"]
STATES = [("草稿", "gray"), ("审批中", "yellow"), ("已批准", "green"), ("已完成", "blue"), ("已驳回", "red")]


def lookup_rows(query: str) -> list[dict[str, Any]]:
    """What a lookup address answers: id, label, code, and values that are copied into the line."""
    wanted = query.lower()
    return [
        {
            "id": i,
            "label": name,
            "code": code,
            "detail": f"¥{price}",
            "values": {"price": price, "unit": unit},
        }
        for i, code, name, pinyin, unit, price in ITEMS
        if wanted in f"{code} {name} {pinyin}".lower()
    ]


def lines(count: int = 6, **more: Any) -> dict[str, Any]:
    """A line grid: reference, quantity, unit, price, amount = quantity × price."""
    rows = []
    for index in range(count):
        i, code, label, _, unit, price = ITEMS[index % len(ITEMS)]
        rows.append({
            "id": index + 1, "item": {"id": i, "label": label, "code": code}, "qty": str(index % 17 + 1),
            "unit": unit, "price": price, "note": "",
        })  # fmt: skip
    return {
        "key": "lines",
        "columns": [
            {"key": "item", "type": "reference", "label": "物料", "required": True, "lookupUrl": "/lookup", "width": 24},
            {"key": "qty", "type": "decimal", "label": "数量", "scale": 2, "required": True, "width": 9, "default": "1"},
            {"key": "unit", "type": "text", "label": "单位", "readOnly": True, "width": 6},
            {"key": "price", "type": "money", "label": "单价", "scale": 2, "width": 10},
            {"key": "amount", "type": "money", "label": "金额", "scale": 2, "width": 11, "readOnly": True, "formula": AMOUNT},
            {"key": "note", "type": "text", "label": "备注", "width": 12},
        ],
        "totals": [
            {"key": "qty", "label": "数量合计", "scale": 2},
            {"key": "amount", "label": "金额合计", "scale": 2, "grand": True},
        ],
        "scan": {"src": "/scan", "column": "item", "quantity": "qty"},
        "besideUrl": "/beside",
        "rows": rows,
        **more,
    }  # fmt: skip


# What the engine sends for ``qty * price``: the browser works it out while somebody types.
AMOUNT = to_json(compile_expression("qty * price"))


def shell(locale: str, theme: str, density: str, path: str = "/") -> Shell:
    entries = [
        ("/home", "home", "首页"),
        ("/list", "file-invoice", "采购订单"),
        ("/form", "forms", "新建订单"),
        ("/design-system", "palette", "设计系统"),
    ]
    items = tuple(MenuItem(label, url, icon, current=path.startswith(url)) for url, icon, label in entries)
    return Shell(
        user=ShellUser("王敏", "采购部 · 主管"),
        app=AppLink("purchase", "采购管理", "/home", "shopping-cart"),
        apps=(AppLink("purchase", "采购管理", "/home", "shopping-cart"), AppLink("people", "人事行政", "/home", "users", "green")),
        menu=(
            MenuItem("工作台", items=items),
            MenuItem("基础资料", items=(MenuItem("供应商", "/list?x=1", "building-store", count=126), MenuItem("物料", "/list?x=2", "package", count=3214))),
            MenuItem("报表", items=(MenuItem("采购看板", "/home?x=1", "chart-bar"), MenuItem("到货准时率", "/home?x=2", "chart-line"))),
        ),
        pinned=items,
        locale=locale, theme=theme, density=density,  # type: ignore[arg-type]
        notifications=3, csrf="csrf-of-the-demo", designer_url="/design", preferences_url="/preferences",
    )  # fmt: skip


def records(count: int) -> list[dict[str, Any]]:
    rows = []
    for i in range(count):
        state, colour = STATES[(i * 7 + 3) % 5]
        cents = (i * 7919 + 123_456) % 9_800_000
        rows.append({
            "id": i + 1, "no": f"PO-2026-{i + 1:05d}", "who": PARTNERS[i % 5], "state": state, "colour": colour,
            "owner": PEOPLE[(i * 3) % 5], "day": f"2026-{i % 11 + 1:02d}-{i * 5 % 28 + 1:02d}", "lines": i % 24 + 1,
            "amount": f"{cents // 100:,}.{cents % 100:02d}",
        })  # fmt: skip
    return rows


def _field(
    key: str, kind: str, label: str, value: Any = None, errors: tuple[str, ...] = (), **more: Any
) -> tuple[Any, Any, Any]:
    given = {
        "required": False,
        "readOnly": False,
        "help": "",
        "scale": 2,
        "options": [],
        "lookupUrl": "",
        "unit": "",
        "placeholder": "",
        "maxLength": 0,
        "span": 1,
    }
    return ({"key": key, "type": kind, "label": label, **given, **more}, value, list(errors))


def design_system() -> dict[str, Any]:
    options = [{"key": "net30", "label": "月结 30 天"}, {"key": "cash", "label": "现结"}]
    return {
        "fields": [
            _field("no", "text", "编号", "REQ-0001", readOnly=True),
            _field("title", "text", "标题", "", placeholder="一句话说明"),
            _field("wrong", "text", "有错误的字段", "abc", ("编号已存在，请换一个。",), required=True),
            _field("item", "reference", "关联记录", {"id": 101, "label": "内六角螺栓 M8×30"}, lookupUrl="/lookup", required=True),
            _field("day", "date", "日期", "2026-12-05", required=True),
            _field("price", "money", "金额", "1860.00", unit="¥"),
            _field("weight", "quantity", "重量", "12.5", unit="kg", help="可填三位小数"),
            _field("rate", "percent", "税率", "13"),
            _field("terms", "choice", "付款条件", "net30", options=options),
            _field("tags", "multi_choice", "标签", ["net30"], options=options),
            _field("urgent", "boolean", "加急", True),
            _field("note", "long_text", "备注", "分两批到货，第一批月底前。", span=2),
        ],
        "facts": [("单号", "PO-2026-00042"), ("供应商", "苏州精密五金有限公司"), ("业务日期", "2026-11-25"), ("创建", "王敏 · 今天 09:12")],
        "lines": lines(5),
        "records": [
            {"no": "REQ-00042", "who": "王敏", "state": "审批中", "colour": "yellow", "day": "2026-11-25", "amount": "12,480.00"},
            {"no": "REQ-00041", "who": "李建国", "state": "已批准", "colour": "green", "day": "2026-11-24", "amount": "104,860.50"},
            {"no": "REQ-00040", "who": "Zhao Lei", "state": "已驳回", "colour": "red", "day": "2026-11-21", "amount": "-920.00"},
            {"no": "REQ-00039", "who": "陈晓", "state": "草稿", "colour": "gray", "day": "2026-11-20", "amount": "0.00"},
        ],
        "steps": [
            {"who": "陈晓", "what": "提交", "when": "昨天 17:40", "opinion": "", "colour": "blue", "state": "done"},
            {"who": "李建国", "what": "同意", "when": "今天 09:12", "opinion": "价格可以，尽快到货。", "colour": "green", "state": "done"},
            {"who": "王敏", "what": "待审批", "when": "剩余 1 天", "opinion": "", "colour": "", "state": "waiting"},
            {"who": "财务", "what": "", "when": "", "opinion": "", "colour": "", "state": "future"},
        ],
        "problem": {"title": "有 2 处需要更正。", "errors": [{"message": "第 3 行：数量必须大于 0。"}, {"message": "交货日期不能早于今天。"}]},
        "kpis": [
            {"label": "采购金额", "value": "¥1,284,500", "unit": "", "trend": "↑ 12.4%", "mood": "good"},
            {"label": "订单数", "value": "326", "unit": "张", "trend": "↑ 8", "mood": "good"},
            {"label": "平均到货", "value": "6.2", "unit": "天", "trend": "↓ 0.8", "mood": "good"},
            {"label": "逾期未到", "value": "14", "unit": "张", "trend": "↑ 3", "mood": "bad"},
        ],
        "bar": {
            "kind": "bar", "stacked": True, "categories": [f"{m}月" for m in range(1, 12)], "unit": "万元",
            "series": [
                {"name": "已批准", "values": ["62", "71", "80", "74", "92", "101", "88", "97", "110", "121", "128"]},
                {"name": "审批中", "values": ["9", "12", "8", "15", "11", "9", "14", "10", "13", "18", "22"]},
            ],
        },
        "pie": {"kind": "pie", "categories": ["精密五金", "华塑包装", "鸿达电子", "无锡金属", "其他"], "series": [{"name": "占比", "values": ["38", "22", "18", "13", "9"]}]},
    }  # fmt: skip


def form(count: int) -> dict[str, Any]:
    """A whole form: sections of resolved fields, values, lines."""
    rows = [
        _field(
            "supplier",
            "reference",
            "供应商",
            {"id": 1, "label": PARTNERS[0]},
            lookupUrl="/lookup",
            required=True,
        ),
        _field("buyer", "text", "采购员", "王敏"),
        _field("day", "date", "交货日期", "2026-12-05", required=True),
        _field(
            "terms",
            "choice",
            "付款条件",
            "net30",
            options=[{"key": "net30", "label": "月结 30 天"}, {"key": "cash", "label": "现结"}],
        ),
        _field("freight", "money", "运费", "120.00", unit="¥"),
        _field("urgent", "boolean", "加急", value=False),
        _field("note", "text", "备注", "", placeholder="选填", span=3),
    ]
    return {
        "rows": rows,
        "data": {
            "fields": [row[0] for row in rows],
            "values": {row[0]["key"]: row[1] for row in rows},
            "today": "2026-11-25",
        },
        "lines": lines(count),
    }


def answer_to_save(body: dict[str, Any], version: str | None) -> Any:
    """Refuses what a server would refuse, so that tests see every kind of answer."""
    if body.get("buyer") == "conflict" and version == '"3"':
        current = {
            "version": 4,
            "buyer": "李建国",
            "freight": "80.00",
            "terms": "cash",
            "supplier": {"id": 1, "label": PARTNERS[0]},
            "day": "2026-12-05",
            "urgent": False,
            "note": "",
        }
        return {
            "title": "您打开之后，这条记录已被修改。",
            "status": 409,
            "code": "VERSION_CONFLICT",
            "current": current,
        }, 409
    bad = [
        {"path": f"/lines/{i}/qty", "code": "RANGE", "message": "数量必须大于 0"}
        for i, line in enumerate(body.get("lines", []))
        if line.get("qty") in {"0", None}
    ]
    if body.get("note") == "refuse":
        bad.append({"path": "/day", "code": "RULE", "message": "交货日期不能早于今天"})
        bad.append({"path": "", "code": "RULE", "message": "超过信用额度"})
    if bad:
        return {"title": f"有 {len(bad)} 处需要更正。", "status": 422, "code": "INVALID", "errors": bad}, 422
    return {"id": "42", "version": 4}, 200
