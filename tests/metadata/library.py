"""A small package that is right in every respect: a library that lends books. Tests change one thing of it and look at what is said."""

from __future__ import annotations

import copy
from typing import Any

from builder.errors import Problem
from builder.metadata.checks import check
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.loading import load
from builder.metadata.package import Package

GONE = object()
"""As a new value: the property or element is taken away."""

APP: dict[str, Any] = {
    "key": "library",
    "label": {"zh-CN": "图书借阅", "en": "Library"},
    "menu": [{"view": "loans"}, {"label": {"zh-CN": "资料", "en": "Data"}, "items": [{"view": "readers"}]}],
    "settings": [
        {"key": "many", "label": {"zh-CN": "大量", "en": "Many"}, "type": "integer", "default": 10, "min": "1"},
        {"key": "policy", "label": {"zh-CN": "方式", "en": "Policy"}, "type": "choice", "options": ["a", "b"], "default": "a",
         "help": {"zh-CN": "a：先到先得；b：按年级。", "en": "a: first come; b: by year."}},
    ],
}  # fmt: skip
READER: dict[str, Any] = {
    "key": "reader",
    "kind": "master",
    "label": {"zh-CN": "读者", "en": "Reader"},
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": {"zh-CN": "姓名", "en": "Name"}, "required": True},
        {"key": "card", "type": "text", "label": {"zh-CN": "证号", "en": "Card"}, "unique": True, "pattern": "[A-Z]{2}[0-9]{4}"},
        {
            "key": "level",
            "type": "choice",
            "label": {"zh-CN": "等级", "en": "Level"},
            "default": "'adult'",
            "options": [
                {"key": "adult", "label": {"zh-CN": "成人", "en": "Adult"}},
                {"key": "child", "label": {"zh-CN": "儿童", "en": "Child"}},
            ],
        },
    ],
}  # fmt: skip
BOOK: dict[str, Any] = {
    "key": "book",
    "kind": "master",
    "label": {"zh-CN": "图书", "en": "Book"},
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": {"zh-CN": "书名", "en": "Name"}, "required": True},
        {"key": "spare", "type": "integer", "label": {"zh-CN": "备用", "en": "Spare"}, "default": "0"},
        {
            "key": "on_shelf",
            "type": "balance",
            "label": {"zh-CN": "在架", "en": "On the shelf"},
            "balance": {"ledger": "copies", "measure": "on_shelf", "dimensions": {"book": "id"}},
        },
    ],
}
LOAN: dict[str, Any] = {
    "key": "loan",
    "kind": "document",
    "label": {"zh-CN": "借阅单", "en": "Loan"},
    "title": "number",
    "fields": [
        {
            "key": "number",
            "type": "auto_number",
            "label": {"zh-CN": "单号", "en": "Number"},
            "series": {"pattern": "LN{yyyyMMdd}-{0001}"},
        },
        {"key": "reader", "type": "reference", "entity": "reader", "label": {"zh-CN": "读者", "en": "Reader"}, "required": True},
        {"key": "librarian", "type": "user", "label": {"zh-CN": "经办人", "en": "Librarian"}},
        {"key": "due_on", "type": "date", "label": {"zh-CN": "到期日", "en": "Due on"}, "indexed": True},
        {"key": "level", "type": "lookup", "lookup": "reader.level", "label": {"zh-CN": "等级", "en": "Level"}},
        {"key": "count", "type": "integer", "formula": "SUM(lines.count)", "label": {"zh-CN": "本数", "en": "Books"}},
        {"key": "lines", "type": "lines", "entity": "loan_line", "label": {"zh-CN": "明细", "en": "Lines"}},
    ],
    "constraints": [
        {"key": "dates", "message": {"zh-CN": "日期不对。", "en": "Wrong date."}, "check": "due_on >= business_date"}
    ],
    "postings": [
        {
            "key": "out",
            "ledger": "copies",
            "transitions": ["hand_out"],
            "each": "lines",
            "dimensions": {"book": "book"},
            "measures": {"on_shelf": "-count"},
            "results": {"moved": "on_shelf"},
        },
        {
            "key": "lent",
            "ledger": "copies",
            "transitions": ["hand_out"],
            "each": "lines",
            "dimensions": {"book": "book"},
            "measures": {"lent": "moved"},
            "depends_on": "out",
        },
    ],
    "conversions": [
        {
            "key": "give_back",
            "label": {"zh-CN": "还书", "en": "Give back"},
            "to": "giving_back",
            "map": {"reader": "reader"},
            "source": "loan",
            "from_states": ["out"],
            "lines": {"from": "lines", "to": "lines", "map": {"book": "book"}, "quantity": "count"},
            "open": {"ledger": "copies", "slack": "lent", "dimensions": {"book": "book"}},
        }
    ],
}  # fmt: skip
LOAN_LINE: dict[str, Any] = {
    "key": "loan_line",
    "kind": "lines",
    "parent": "loan",
    "label": {"zh-CN": "借阅明细", "en": "Loan line"},
    "fields": [
        {"key": "book", "type": "reference", "entity": "book", "label": {"zh-CN": "图书", "en": "Book"}, "required": True},
        {"key": "count", "type": "integer", "label": {"zh-CN": "本数", "en": "Count"}, "required": True, "min": "1", "max": "9"},
        {"key": "moved", "type": "integer", "label": {"zh-CN": "已出", "en": "Moved"}, "read_only": True},
    ],
}  # fmt: skip
GIVING_BACK: dict[str, Any] = {
    "key": "giving_back",
    "kind": "document",
    "label": {"zh-CN": "还书单", "en": "Return"},
    "title": "loan",
    "fields": [
        {"key": "loan", "type": "reference", "entity": "loan", "label": {"zh-CN": "借阅单", "en": "Loan"}, "required": True},
        {"key": "reader", "type": "reference", "entity": "reader", "label": {"zh-CN": "读者", "en": "Reader"}},
        {"key": "lines", "type": "lines", "entity": "giving_back_line", "label": {"zh-CN": "明细", "en": "Lines"}},
    ],
}  # fmt: skip
GIVING_BACK_LINE: dict[str, Any] = {
    **copy.deepcopy(LOAN_LINE),
    "key": "giving_back_line",
    "parent": "giving_back",
    "label": {"zh-CN": "还书明细", "en": "Return line"},
}
COPIES: dict[str, Any] = {
    "key": "copies",
    "label": {"zh-CN": "馆藏", "en": "Copies"},
    "dimensions": [{"key": "book", "label": {"zh-CN": "图书", "en": "Book"}, "entity": "book"}],
    "measures": [
        {"key": "on_shelf", "label": {"zh-CN": "在架", "en": "On the shelf"}, "scale": 0},
        {"key": "lent", "label": {"zh-CN": "借出", "en": "Lent"}, "scale": 0},
    ],
    "grains": [{"key": "book", "dimensions": ["book"]}],
    "guards": [
        {
            "key": "left",
            "grain": "book",
            "slack": "on_shelf - book.spare",
            "message": {
                "zh-CN": "“{book.name}”没有了,缺 {shortage}。",
                "en": "“{book.name}” is short of {shortage}.",
            },
        }
    ],
}
FLOW: dict[str, Any] = {
    "key": "loan",
    "entity": "loan",
    "initial": "draft",
    "states": [
        {"key": "draft", "label": {"zh-CN": "草稿", "en": "Draft"}, "editable": True},
        {"key": "asked", "label": {"zh-CN": "待批", "en": "Asked"}},
        {"key": "out", "label": {"zh-CN": "借出", "en": "Out"}, "approved": True},
        {"key": "void", "label": {"zh-CN": "作废", "en": "Void"}, "final": True, "void": True},
    ],
    "transitions": [
        {
            "key": "ask",
            "label": {"zh-CN": "申请", "en": "Ask"},
            "from": ["draft"],
            "to": "asked",
            "default": True,
        },
        {
            "key": "hand_out",
            "label": {"zh-CN": "借出", "en": "Hand out"},
            "from": ["asked"],
            "to": "out",
            "condition": "count > 0",
            "approval": {
                "rejects_by": "refuse",
                "when": "count > setting.many",
                "nodes": [
                    {
                        "kind": "condition",
                        "label": {"zh-CN": "分支", "en": "Branches"},
                        "branches": [
                            {
                                "label": {"zh-CN": "很多", "en": "Very many"},
                                "when": "count > 100",
                                "nodes": [
                                    {
                                        "kind": "approver",
                                        "label": {"zh-CN": "馆长", "en": "Head"},
                                        "approvers": [{"role": "librarian"}],
                                    }
                                ],
                            },
                            {"label": {"zh-CN": "否则", "en": "Else"}},
                        ],
                    }
                ],
            },
        },
        {"key": "refuse", "label": {"zh-CN": "驳回", "en": "Refuse"}, "from": ["asked"], "to": "draft"},
        {
            "key": "undo",
            "label": {"zh-CN": "撤销", "en": "Undo"},
            "from": ["out"],
            "to": "draft",
            "reverses": True,
        },
        {"key": "void", "label": {"zh-CN": "作废", "en": "Void"}, "from": ["draft"], "to": "void"},
    ],
}
FORM: dict[str, Any] = {
    "key": "loan",
    "entity": "loan",
    "label": {"zh-CN": "借阅单", "en": "Loan"},
    "nodes": [
        {
            "kind": "section",
            "nodes": [{"kind": "field", "field": "reader"}, {"kind": "field", "field": "due_on"}],
        },
        {"kind": "lines", "field": "lines", "columns_shown": ["book", "count"], "totals": ["count"]},
    ],
}
LOANS: dict[str, Any] = {
    "key": "loans",
    "entity": "loan",
    "label": {"zh-CN": "借阅", "en": "Loans"},
    "columns": [{"field": "number"}, {"field": "reader.level"}],
    "filter": {"and": [{"field": "state", "op": "=", "value": "out"}, {"field": "due_on", "op": "<", "value": {"today": 0}}]},
    "sort": [{"field": "due_on", "descending": True}],
    "quick_filters": ["reader"],
    "layouts": [{"key": "days", "kind": "calendar", "from": "due_on", "color_by": "state"}],
}  # fmt: skip
READERS: dict[str, Any] = {
    "key": "readers",
    "entity": "reader",
    "label": {"zh-CN": "读者", "en": "Readers"},
    "columns": [{"field": "name"}],
}
OVERDUE: dict[str, Any] = {
    "key": "overdue",
    "label": {"zh-CN": "逾期", "en": "Overdue"},
    "entity": "loan",
    "columns": [{"field": "reader", "group": True}, {"field": "count", "op": "sum"}],
    "filter": {"field": "due_on", "op": "<", "value": {"parameter": "day"}},
    "parameters": [{"key": "day", "label": {"zh-CN": "截止日", "en": "Day"}, "default": "TODAY()"}],
}
DESK: dict[str, Any] = {
    "key": "desk",
    "label": {"zh-CN": "前台", "en": "Desk"},
    "cards": [
        {
            "kind": "number",
            "label": {"zh-CN": "借出中", "en": "Out"},
            "figure": {"op": "count", "entity": "loan"},
            "view": "loans",
        },
        {"kind": "chart", "label": {"zh-CN": "逾期", "en": "Overdue"}, "report": "overdue"},
    ],
}
REMIND: dict[str, Any] = {
    "key": "remind",
    "label": {"zh-CN": "提醒", "en": "Remind"},
    "when": {"kind": "relative_date", "entity": "loan", "date_field": "due_on", "days": -3},
    "if": "state == 'out'",
    "timing": "later",
    "then": [
        {
            "kind": "notify",
            "to": [{"owner": True}],
            "title": {"zh-CN": "{reader.name} 快到期了", "en": "{reader.name}: due soon"},
        }
    ],
}
TOUCH: dict[str, Any] = {
    "key": "touch",
    "label": {"zh-CN": "登记", "en": "Touch"},
    "when": {"kind": "record_created", "entity": "loan"},
    "then": [{"kind": "update", "values": {"librarian": "actor.id"}}],
}
NEGATIVE: dict[str, Any] = {
    "key": "negative",
    "label": {"zh-CN": "为负", "en": "Negative"},
    "help": {"zh-CN": "请清点。", "en": "Count the shelf."},
    "kind": "balances",
    "ledger": "copies",
    "grain": "book",
    "when": "on_shelf < 0",
}
SLIP: dict[str, Any] = {
    "key": "slip",
    "entity": "loan",
    "label": {"zh-CN": "借书条", "en": "Slip"},
    "template": "<p>{{ record.reader.name }}</p>{% for line in record.lines %}{{ line.book.name }}{% endfor %}",
}
ROLES: dict[str, Any] = {
    "roles": [
        {
            "key": "librarian",
            "label": {"zh-CN": "馆员", "en": "Librarian"},
            "home": "dashboards/desk",
            "grants": [
                {"entity": "loan", "may": ["read", "create", "update"], "transitions": ["*"], "conversions": ["give_back"]},
                {"entity": "reader", "may": ["read", "create"]},
                {"entity": "book", "may": ["read"], "hidden": ["spare"]},
            ],
            "ledgers": [{"ledger": "copies", "measures": ["on_shelf"]}],
            "reports": ["overdue"],
            "dashboards": ["desk"],
        }
    ]
}  # fmt: skip
BOOKS: dict[str, Any] = {"key": "books", "entity": "book", "rows": [{"name": "Tea"}]}
LEND: dict[str, Any] = {
    "key": "lend",
    "label": {"zh-CN": "借书", "en": "Lend"},
    "steps": [
        {
            "do": "create",
            "id": "first",
            "entity": "loan",
            "values": {"reader": "Li", "business_date": "+0d", "lines": [{"book": "Tea", "count": "1"}]},
            "expect": {"state": "draft"},
        },
        {"do": "transition", "record": "$first", "transition": "ask", "expect": {"state": "asked"}},
    ],
}

NODES: dict[NodeName, dict[str, Any]] = {
    ("app", "app"): APP,
    ("entity", "reader"): READER,
    ("entity", "book"): BOOK,
    ("entity", "loan"): LOAN,
    ("entity", "loan_line"): LOAN_LINE,
    ("entity", "giving_back"): GIVING_BACK,
    ("entity", "giving_back_line"): GIVING_BACK_LINE,
    ("form", "loan"): FORM,
    ("view", "loans"): LOANS,
    ("view", "readers"): READERS,
    ("ledger", "copies"): COPIES,
    ("report", "overdue"): OVERDUE,
    ("workflow", "loan"): FLOW,
    ("dashboard", "desk"): DESK,
    ("rule", "remind"): REMIND,
    ("rule", "touch"): TOUCH,
    ("health", "negative"): NEGATIVE,
    ("print", "slip"): SLIP,
    ("roles", "roles"): ROLES,
    ("data", "books"): BOOKS,
    ("scenario", "lend"): LEND,
}


def library(*edits: tuple[str, Any]) -> Nodes:
    """The library's nodes with edits: ``("entity/loan/fields/3/formula", "1 + 1")``. A number one past the end of a list adds to it;
    a path of two parts is a whole node."""
    nodes = copy.deepcopy(NODES)
    for path, value in edits:
        kind, key, *parts = path.split("/")
        if not parts:
            _put(nodes, (kind, key), value)
            continue
        holder: Any = nodes[kind, key]
        for part in parts[:-1]:
            holder = holder[int(part)] if isinstance(holder, list) else holder[part]
        _put(holder, int(parts[-1]) if isinstance(holder, list) else parts[-1], value)
    return nodes


def _put(holder: Any, at: Any, value: Any) -> None:
    if value is GONE:
        del holder[at]
    elif isinstance(holder, list) and at == len(holder):
        holder.append(copy.deepcopy(value))
    else:
        holder[at] = copy.deepcopy(value)


def package_of(*edits: tuple[str, Any]) -> Package:
    """The library as a package, with edits that its schemas allow."""
    package, problems = load(library(*edits))
    assert not problems, problems
    assert package is not None
    return package


def found(*edits: tuple[str, Any]) -> tuple[Problem, ...]:
    """What the checks find in the edited library."""
    return check(package_of(*edits))


def said(*edits: tuple[str, Any]) -> set[tuple[str, str]]:
    """Code and place of everything that the checks find in the edited library."""
    return {(p.code, p.path) for p in found(*edits)}
