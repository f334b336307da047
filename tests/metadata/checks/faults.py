"""Faults: for every check packages that it stops."""

from __future__ import annotations

from builder.storage.tables import ledgers as tables
from tests.metadata.checks.pieces import (
    APPROVAL,
    FEES,
    FIELDS,
    GRANT,
    LEDGERS,
    LOTS,
    NEW,
    NODE,
    POSTING,
    SPARE,
    TEXT,
    TOUCHED,
    Edit,
    ask,
    laid,
    offer,
)
from tests.metadata.library import GONE

OFFERED = "entity/loan_line/fields/0/offered"

# What each check stops: (code, place, edits).
WRONG: list[tuple[str, str, list[Edit]]] = [
    ("E101", "forms/loan.json#/nodes/1/columns_shown/1", [("form/loan/nodes/1/columns_shown/1", "cuont")]),
    ("E101", "workflows/loan.json#/initial", [("workflow/loan/initial", "drafts")]),
    ("E101", "entities/loan.json#/postings/0/ledger", [(f"{POSTING}/0/ledger", "copys")]),
    ("E102", "views/loans.json#/columns/1/field", [("view/loans/columns/1/field", "reader.levle")]),
    ("E102", "views/loans.json#/filter", [("view/loans/filter", {"field": "due", "op": "=", "value": 1})]),
    ("E101", "views/loans.json#/filter/value/setting", [
        ("view/loans/filter", {"field": "due_on", "op": "=", "value": {"setting": "no_such"}})
    ]),
    ("E102", "rules/remind.json#/then/0/title", [("rule/remind/then/0/title", "{reader.nmae}")]),
    ("FILTER_OPERATOR", "views/loans.json#/filter/op", [("view/loans/filter", {"field": "due_on", "op": "~", "value": 1})]),
    ("E103", "views/readers.json", [("view/readers/uid", "loan"), ("entity/loan/uid", "loan")]),
    ("E104", "entities/reader.json#/fields/1/key", [("entity/reader/fields/1/key", "name")]),
    ("E105", "entities/reader.json#/fields/0/type", [("entity/reader/fields/0/type", "txt")]),
    ("E106", "entities/reader.json#/fields/2/options", [("entity/reader/fields/2/options", [])]),
    ("E106", "entities/reader.json#/fields/2/rollup/by", [
        ("entity/reader/fields/2/rollup", {"entity": "loan", "reference": "reader", "op": "last", "field": "due_on"})
    ]),
    ("E106", "entities/reader.json#/fields/2/rollup/reference", [
        ("entity/reader/fields/2/rollup", {"entity": "loan", "op": "count"})
    ]),
    ("E107", "entities/loan.json#/fields/5/lookup", [(f"{FIELDS}/5/lookup", "reader.level")]),
    ("E108", "entities/loan_line.json#/fields/1/min", [("entity/loan_line/fields/1/min", "10")]),
    ("E109", "entities/reader.json#/fields/1/pattern", [("entity/reader/fields/1/pattern", "(a+)+")]),
    ("E111", "entities/loan.json#/fields/5/formula", [
        (f"{FIELDS}/5/formula", "total + 1"),
        (f"{FIELDS}/7", {"key": "total", "type": "integer", "formula": "count + 1", "label": NEW}),
    ]),
    ("E112", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "1 +")]),
    ("E113", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "[x for x in lines]")]),
    ("E101", "entities/loan.json#/postings/0/results/moved", [(f"{POSTING}/0/results", {"moved": "rest.shelf"})]),
    ("E115", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "SUM(lines.cuont)")]),
    ("E115", "entities/loan.json#/postings/1/measures/lent", [(f"{POSTING}/1/measures", {"lent": "result.rest"})]),
    ("E115", "ledgers/copies.json#/guards/0/slack", [("ledger/copies/guards/0/slack", "on_shelf - old.shelf")]),
    ("E115", "ledgers/copies.json#/guards/0/when", [("ledger/copies/guards/0/when", "old.on_shelf > 1")]),
    ("E116", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "SUMM(lines.count)")]),
    ("E117", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "YEAR()")]),
    ("E118", "workflows/loan.json#/transitions/1/condition", [("workflow/loan/transitions/1/condition", "count")]),
    ("E119", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "BALANCE('copies', 'gone', 1)")]),
    ("E120", "workflows/loan.json#/states/4", [("workflow/loan/states/4", {"key": "lost", "label": NEW, "final": True})]),
    ("E121", "workflows/loan.json#/states/3", [("workflow/loan/states/3/final", False)]),
    ("E122", "workflows/loan.json#/states/2", [("workflow/loan/states/2/final", True)]),
    ("E123", "workflows/loan.json#/transitions/1/approval/nodes/0/branches/1", [(f"{APPROVAL}/nodes/0/branches/0/when", GONE)]),
    ("E124", "workflows/loan.json#/transitions/1/approval/nodes/1/approvers", [(f"{APPROVAL}/nodes/1", NODE)]),
    ("E125", "workflows/loan.json#/transitions/1/approval/nodes/1/approvers/0", [
        (f"{APPROVAL}/nodes/1", {**NODE, "approvers": [{"role": "librarian", "submitter": True}]})
    ]),
    ("E126", "workflows/loan.json#/transitions/1/approval/rejects_by", [("workflow/loan/transitions/2/from", ["out"])]),
    ("E127", "workflows/loan.json#/transitions/1/approval/nodes/1/approvers/0/field", [
        (f"{APPROVAL}/nodes/1", {**NODE, "approvers": [{"field": "reader"}]})
    ]),
    ("E131", "workflows/loan.json#/transitions/1/approval/nodes/1", [(f"{APPROVAL}/nodes/1", {**NODE, "kind": "auto"})]),
    ("E132", "workflows/loan.json#/transitions/1/approval/nodes/1", [(f"{APPROVAL}/nodes/1", {**NODE, "kind": "wait"})]),
    ("E133", "workflows/loan.json#/transitions/1/approval/nodes/1/late_to", [
        (f"{APPROVAL}/nodes/1", {**NODE, "approvers": [{"head": 0}], "due_days": 1, "late": "transfer"})
    ]),
    ("E134", "workflows/loan.json#/transitions/1/approval/nodes/1/flow", [
        (f"{APPROVAL}/nodes/1", {**NODE, "kind": "flow", "flow": "refuse"})
    ]),
    ("E135", "workflows/loan.json#/transitions/1/approval/nodes/1/flow", [
        (f"{APPROVAL}/nodes/1", {**NODE, "kind": "flow", "flow": "hand_out"})
    ]),
    ("E136", "workflows/loan.json#/transitions/1/approval/nodes", [
        (f"{APPROVAL}/nodes/{i}", {**NODE, "approvers": [{"head": 0}]}) for i in range(1, 502)
    ]),
    ("E137", "workflows/loan.json#/transitions/1", [
        ("workflow/loan/transitions/1/to", "asked"),
        (f"{APPROVAL}/when", GONE),
        (f"{APPROVAL}/nodes", [{**NODE, "kind": "auto", "sets": {"due_on": "TODAY()"}}]),
    ]),
    ("E128", "workflows/loan.json#/transitions/1/approval/nodes/0/branches/0/nodes/0/approvers/0/role", [(f"{GRANT}/0", GONE)]),
    ("E130", "rules/touch.json", [("rule/touch/when", {"kind": "record_changed", "entity": "loan"})]),
    ("E140", "ledgers/copies.json#/guards/0/slack", [("ledger/copies/guards/0/slack", "0 - 1")]),
    ("E141", "ledgers/copies.json#/guards", [
        ("ledger/copies/dimensions/1", {"key": "day", "label": NEW, "type": "date", "required": False}),
        ("ledger/copies/grains/1", {"key": "day", "dimensions": ["day"]}),
        ("ledger/copies/guards/1", {"key": "other", "grain": "day", "slack": "on_shelf", "message": NEW}),
    ]),
    ("E142", "ledgers/copies.json#/guards/0/slack", [("ledger/copies/guards/0/slack", "book.spare")]),
    ("E143", "ledgers/copies.json#/guards/0", [("ledger/copies/guards/0/policy", "override")]),
    ("E144", "ledgers/copies.json#/guards/0/slack", [
        ("ledger/copies/measures/2", {"key": "lost", "label": NEW}), ("ledger/copies/guards/0/slack", "lost"),
    ]),
    ("E145", "ledgers/copies.json#/cost_key", LOTS),
    ("E150", "workflows/loan.json#/transitions/3", [("workflow/loan/transitions/3/reverses", False)]),
    ("E151", "entities/loan.json#/postings/1", [(f"{POSTING}/1/depends_on", GONE)]),
    ("E152", "entities/loan.json#/postings/0/depends_on", [(f"{POSTING}/0/depends_on", "lent")]),
    ("E160", "reports/overdue.json#/columns/1/field", [(f"{GRANT}/0/hidden", ["count"])]),
    ("E160", "dashboards/desk.json#/cards/1", [("roles/roles/roles/0/reports", [])]),
    ("E161", "entities/loan.json#/conversions/0", [("entity/loan/conversions/0/open", GONE)]),
    ("E162", "views/loans.json#/sort/0/field", [(f"{FIELDS}/3/indexed", False)]),
    ("E163", "entities/loan.json#/fields/5/formula", [(f"{FIELDS}/5/formula", "YEAR(TODAY())")]),
    ("E164", "entities/loan.json#/conversions/0", [("entity/loan/conversions/0/lines/quantity", "")]),
    ("E165", "entities/loan.json#/conversions/0/lines/to", [("entity/loan/conversions/0/lines/to", "reader")]),
    ("E165", "entities/loan.json#/conversions/0/more_lines/0/from", [
        ("entity/loan/conversions/0/more_lines", [{"from": "reader", "to": "lines", "map": {}}])
    ]),
    ("E115", "entities/loan.json#/conversions/0/more_lines/0/map/book", [
        ("entity/loan/conversions/0/more_lines", [{"from": "lines", "to": "lines", "map": {"book": "reader"}}])
    ]),
    ("E166", "entities/reader.json#/label", [("entity/reader/label", "读者")]),
    ("E166", "entities/reader.json#/fields/0/label", [("entity/reader/fields/0/label", {"en": "Name"})]),
    ("E167", "roles.json#/roles/0/grants/1", [(f"{GRANT}/1/may", ["create"])]),
    ("E129", "roles.json#/roles/0/grants/2", [(f"{GRANT}/2/hidden", ["name"])]),
    ("E168", "roles.json#/roles/0/grants/3", [(f"{GRANT}/3", {"entity": "book"})]),
    ("E210", "roles.json#/roles/0/ledgers/0", [(f"{LEDGERS}/0/dimension", "book")]),
    ("E210", "roles.json#/roles/0/ledgers/0", [(f"{LEDGERS}/0/scope", SPARE)]),
    ("E211", "roles.json#/roles/1/ledgers/0/dimension", [
        (f"{LEDGERS}/0/dimension", "book"), (f"{LEDGERS}/0/scope", SPARE),
        ("ledger/copies/dimensions/1", {"key": "reader", "label": NEW, "entity": "reader", "required": False}),
        ("roles/roles/roles/1", {"key": "guest", "label": NEW, "ledgers": [
            {"ledger": "copies", "dimension": "reader", "scope": {"field": "name", "op": "=", "value": "Li Hua"}}
        ]}),
    ]),
    ("E212", "entities/reader.json#/fields/3/balance", [
        (f"{LEDGERS}/0/dimension", "book"), (f"{LEDGERS}/0/scope", SPARE),
        ("entity/reader/fields/3", {
            "key": "held", "type": "balance", "label": NEW,
            "balance": {"ledger": "copies", "measure": "on_shelf", "dimensions": {}},
        }),
    ]),
    ("E169", "ledgers/copies.json#/dimensions", [
        ("ledger/copies/dimensions", [
            {"key": "book", "label": NEW, "entity": "book"},
            *({"key": f"d{n}", "label": NEW, "type": "text", "required": False} for n in range(tables.DIMENSIONS)),
        ]),
    ]),
    ("E170", "ledgers/copies.json#/measures", [
        *((f"ledger/copies/measures/{n}", {"key": f"m{n}", "label": NEW}) for n in range(2, tables.MEASURES + 1)),
    ]),
    ("E172", "entities/loan_line.json", [
        ("entity/loan_line/constraints", [{"key": f"c{n}", "message": NEW, "unique": ["book"]} for n in range(4)])
    ]),
    ("E173", "forms/loan.json", [("form/loan/nodes/0/nodes/0", GONE)]),
    ("E174", "forms/loan.json", [("form/loan/nodes/1/columns_shown", ["book"])]),
    ("E175", "roles.json#/roles/0/grants/0", [(f"{GRANT}/0/read_only", ["reader"])]),
    ("E176", "roles.json#/roles/0/grants/0", [(f"{GRANT}/0/read_only", ["due_on"]), (f"{GRANT}/0/hidden", ["due_on"])]),
    ("E177", "prints/slip.json#/template", [("print/slip/template", "{{ record.reader.nmae }}")]),
    ("E178", "entities/loan.json#/fields/0/series/pattern", [(f"{FIELDS}/0/series/pattern", "LN{yyyy}")]),
    ("E179", "entities/loan.json#/fields/6/entity", [(f"{FIELDS}/6/entity", "giving_back_line")]),
    ("E200", "entities/reader.json#/fields/3/key", [
        ("entity/reader/fields/3", {"key": "version", "type": "text", "label": NEW})
    ]),
    ("E201", "entities/loan.json#/postings/1/measures/lent", [
        (f"{POSTING}/1/measures/lent", "count - result.on_shelf")
    ]),
    ("E259", "entities/loan.json#/postings/1/dimensions/book", [(f"{POSTING}/1/dimensions/book", "result.book")]),
    ("E259", "entities/loan.json#/postings/1/dimensions/book", [
        (f"{POSTING}/1/dimensions/book", "result.on_shelf"), ("ledger/copies/kind", "turnover")
    ]),
    ("E180", "entities/loan_line.json", [("entity/loan_line/parent", "reader")]),
    ("E181", "entities/reader.json", [("entity/reader/title", "")]),
    ("E182", "entities/loan.json#/constraints/0", [("entity/loan/constraints/0/unique", ["reader"])]),
    ("E183", "workflows/other.json#/entity", [("workflow/other", {
        "key": "other", "entity": "loan", "initial": "draft", "states": [{"key": "draft", "label": NEW}], "transitions": []
    })]),
    ("E184", "entities/loan.json#/postings/0/transitions", [(f"{POSTING}/0/transitions", [])]),
    ("E185", "entities/loan.json#/postings/0/dimensions", [(f"{POSTING}/0/dimensions", {})]),
    ("E186", "entities/loan.json#/postings/0/measures", [(f"{POSTING}/0/measures", {})]),
    ("E187", "entities/loan.json#/postings/0/mode", [
        (f"{POSTING}/0/mode", "follow"),
        ("ledger/copies/costing", {"quantity": "on_shelf", "value": "lent"}),
        ("ledger/copies/cost_key", ["book"]),
    ]),
    ("E188", "ledgers/copies.json#/cost_key", [("ledger/copies/costing", {"quantity": "on_shelf", "value": "lent"})]),
    ("E189", "ledgers/copies.json#/issue_order/pick", [
        ("ledger/copies/dimensions/1", {"key": "copy", "label": NEW, "type": "text", "required": False}),
        ("ledger/copies/issue_order", {"pick": "copy", "grain": "book"}),
    ]),
    ("E230", "computations/fees.json", [("computation/fees", {**FEES, "report": ""})]),
    ("E231", "computations/fees.json#/match/0", [("computation/fees", {**FEES, "match": ["due_on"]})]),
    ("E232", "computations/fees.json#/entity", [("computation/fees", {**FEES, "entity": "loan_line"})]),
    ("E190", "rules/remind.json#/when/date_field", [("rule/remind/when/date_field", GONE)]),
    ("E191", "rules/touch.json#/when/cron", [("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 8 * *"})]),
    ("E244", "rules/touch.json#/when/time", [
        ("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 8 * * *", "time": "many"})
    ]),
    ("E240", "rules/touch.json#/when/cron", [("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 25 * * *"})]),
    ("E241", "rules/touch.json#/when/cron", [("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 8 30 2 *"})]),
    ("E241", "rules/touch.json#/when/cron", [
        ("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 8 24 * *", "working_days": "count"})
    ]),
    ("E242", "rules/touch.json#/when/cron", [("rule/touch/when", {"kind": "schedule", "entity": "loan", "cron": "0 8 31 * *"})]),
    ("E243", "rules/remind.json#/when/working_days", [("rule/remind/when/working_days", "only")]),
    ("E192", "rules/touch.json#/then/0/values", [("rule/touch/then/0/values", {})]),
    ("E193", "rules/touch.json#/then/0", [("rule/touch/timing", "before")]),
    ("E194", "rules/remind.json#/then/0/to/0", [("rule/remind/then/0/to/0/role", "librarian")]),
    ("E202", "rules/touch.json#/then/0/kind", [("rule/touch/then", [{"kind": "brnach", "if": "due_on > TODAY()"}])]),
    ("E202", "rules/touch.json#/then/0/then/0/kind", [("rule/touch/then", [
        {"kind": "branch", "if": "due_on > TODAY()", "then": [{"kind": "explode"}]}
    ])]),
    ("E192", "rules/touch.json#/then/0/else/0/transition", [("rule/touch/then", [
        {"kind": "branch", "if": "due_on > TODAY()", "then": [TOUCHED], "else": [{"kind": "transition"}]}
    ])]),
    ("E118", "rules/touch.json#/then/0/then/0/if", [("rule/touch/then", [
        {"kind": "each", "each": "lines", "then": [{"kind": "branch", "if": "outer.due_on", "then": [TOUCHED]}]}
    ])]),
    ("E115", "rules/touch.json#/then/0/then/0/values/count", [("rule/touch/then", [
        {"kind": "each", "each": "lines", "then": [{"kind": "update", "values": {"count": "outer.cuont"}}]}
    ])]),
    ("E203", "rules/touch.json#/then/0/each", [("rule/touch/then", [{"kind": "each", "each": "due_on", "then": [TOUCHED]}])]),
    ("E203", "rules/touch.json#/when/entity", [("rule/touch/when", {"kind": "line_added", "entity": "loan"})]),
    ("E204", "rules/touch.json#/when/fields", [("rule/touch/when", {"kind": "record_changed", "entity": "loan", "to": "x"})]),
    ("E205", "rules/touch.json#/then/0", [("rule/touch/then", [{**TOUCHED, "then": [TOUCHED]}])]),
    ("E206", "rules/touch.json#/timing", [
        ("rule/touch/when", {"kind": "line_removed", "entity": "loan_line"}), ("rule/touch/timing", "later")
    ]),
    ("E195", "app.json#/menu/0", [("app/app/menu/0/report", "overdue")]),
    ("E196", "dashboards/desk.json#/cards/1/report", [("dashboard/desk/cards/1/report", "")]),
    ("E196", "dashboards/desk.json#/cards/0/column", [("dashboard/desk/cards/0/figure", GONE), ("dashboard/desk/cards/0/report", "overdue")]),
    ("E250", "reports/overdue.json#/columns/2/key", [("report/overdue/columns/2", {"field": "count", "op": "max"})]),
    ("E251", "reports/overdue.json#/columns/2", [("report/overdue/columns/2", {"key": "x", "label": NEW})]),
    ("E252", "reports/overdue.json#/columns/2/of", [
        ("report/overdue/columns/2", {"key": "x", "label": NEW, "how": "share", "of": "fee"})
    ]),
    ("E252", "reports/overdue.json#/columns/1/unit", [("report/overdue/columns/1/unit", "count")]),
    ("E253", "reports/overdue.json#/columns/2/formula", [
        ("report/overdue/columns/2", {"key": "x", "label": NEW, "formula": "y + 1"}),
        ("report/overdue/columns/3", {"key": "y", "label": NEW, "formula": "x + 1"}),
    ]),
    ("E254", "reports/overdue.json#/columns/2/steps", [
        ("report/overdue/columns/2", {"field": "due_on", "bucket": "age", "steps": [30, 7]})
    ]),
    ("E255", "reports/overdue.json#/parts", [("report/overdue/parts", [{"entity": "loan", "take": {"reader": "reader"}}])]),
    ("E256", "reports/overdue.json#/columns/1/across", [("report/overdue/columns/1/across", True)]),
    ("E257", "reports/overdue.json#/columns/1/only", [
        ("report/overdue/parts", [{"entity": "loan", "take": {"reader": "reader"}}]),
        ("report/overdue/columns/1/only", {"field": "count", "op": ">", "value": 1}),
    ]),
    ("E258", "reports/overdue.json#/compare/to", [("report/overdue/compare", {"from": "day", "to": "days"})]),
    ("E196", "health/negative.json#/when", [("health/negative/when", GONE)]),
    ("E197", "dashboards/desk.json#/cards/0/figure", [("dashboard/desk/cards/0/figure/ledger", "copies")]),
    ("E198", "app.json#/settings/1/options", [("app/app/settings/1/options", [])]),
    ("E199", "app.json#/settings/0/default", [("app/app/settings/0/default", 0)]),
    ("E214", "scenarios/lend.json#/steps/0/expect/tasks", [("scenario/lend/steps/0/expect/tasks", "many")]),
    ("E214", "scenarios/lend.json#/steps/0/expect/values", [("scenario/lend/steps/0/expect/values", ["draft"])]),
    ("E215", "scenarios/lend.json#/steps/0/expect/reports/0/report", [("scenario/lend/steps/0/expect/reports", [{"report": "late"}])]),
    ("E213", "app.json#/settings/1/help", [("app/app/settings/1/help/en", "First come, or by year.")]),
    ("E209", "app.json#/settings/2/pattern", [("app/app/settings/2", {**TEXT, "pattern": "(a+)+"})]),
    ("E207", "views/loans.json#/totals/0", [(f"{FIELDS}/5/stored", False), ("view/loans/totals", ["count"])]),
    ("E207", "views/loans.json#/totals/1", [("view/loans/totals", ["count", "number"])]),
    ("E207", "views/loans.json#/totals/0", [("view/loans/totals", ["reader.level"])]),
    ("E162", "views/loans.json#/layouts/0/from", [(f"{FIELDS}/3/indexed", False), ("view/loans/layouts", [laid("calendar", **{"from": "due_on"})])]),
    ("E262", "views/loans.json#/kind", [("view/loans/kind", "gantt")]),
    ("E196", "views/loans.json#/layouts/0/to", [("view/loans/layouts", [laid("gantt", **{"from": "due_on"})])]),
    ("E196", "views/loans.json#/layouts/0/from", [("view/loans/layouts", [laid("calendar")])]),
    ("E196", "views/loans.json#/layouts/0/by", [("view/loans/layouts", [laid("board")])]),
    ("E260", "views/loans.json#/layouts/0/from", [("view/loans/layouts", [laid("calendar", **{"from": "count"})])]),
    ("E260", "views/loans.json#/layouts/0/to", [("view/loans/layouts", [laid("calendar", **{"from": "due_on"}, to="reader.name")])]),
    ("E261", "views/loans.json#/layouts/0/by", [("view/loans/layouts", [laid("board", by="reader")])]),
    ("E261", "views/loans.json#/layouts/0/due", [("view/loans/layouts", [laid("calendar", **{"from": "due_on"}, due="number")])]),
    ("E261", "views/loans.json#/layouts/0/progress", [("view/loans/layouts", [laid("calendar", **{"from": "due_on"}, progress="number")])]),
    ("E261", "views/loans.json#/layouts/0/color_by", [("view/loans/layouts", [laid("calendar", **{"from": "due_on"}, color_by="reader")])]),
    ("E221", "entities/loan.json#/fields/3/suggest", [(f"{FIELDS}/3/suggest", "TODAY()")]),
    ("E221", "entities/loan.json#/fields/2/suggest", [(f"{FIELDS}/2/suggest", "librarian")]),
    ("E221", "entities/loan.json#/fields/7/suggest", [
        (f"{FIELDS}/7", {"key": "mark", "type": "text", "label": NEW, "read_only": True, "suggest": "reader.name"})
    ]),
    ("E221", "entities/loan.json#/fields/7/suggest", [
        (f"{FIELDS}/1/read_only", True), (f"{FIELDS}/7", {"key": "mark", "type": "text", "label": NEW, "suggest": "reader.name"})
    ]),
    ("E208", "entities/loan.json#/fields/7/default_filter", [(f"{FIELDS}/3/default", "TODAY()"), (f"{FIELDS}/7", ask("due_on"))]),
    ("E208", "entities/loan.json#/fields/7/default_filter", [(f"{FIELDS}/4/copy", "at_save"), (f"{FIELDS}/7", ask("level"))]),
    ("E208", "entities/loan.json#/fields/7/default_filter", [(f"{FIELDS}/7", ask("count"))]),
    ("E208", "entities/loan.json#/fields/7/default_filter", [(f"{FIELDS}/7", ask("other")), (f"{FIELDS}/8", {**ask("number"), "key": "other"})]),
    ("E101", "entities/loan_line.json#/fields/0/offered/ledger", [(OFFERED, offer(ledger="copys"))]),
    ("E101", "entities/loan_line.json#/fields/0/offered/dimension", [(OFFERED, offer(dimension="bok"))]),
    ("E101", "entities/loan_line.json#/fields/0/offered/dimensions/shelf", [(OFFERED, offer(dimensions={"shelf": "count"}))]),
    ("E102", "entities/loan_line.json#/fields/0/offered/by", [(OFFERED, offer(by="nam"))]),
    ("E102", "entities/loan_line.json#/fields/0/offered/unit", [(OFFERED, offer(unit="book.nam"))]),
    ("E102", "entities/loan_line.json#/fields/0/offered/filter", [(OFFERED, offer(filter={"field": "nam", "op": "=", "value": "x"}))]),
    ("E115", "entities/loan_line.json#/fields/0/offered/measure", [(OFFERED, offer(measure="on_shelf - away"))]),
    ("E115", "entities/loan_line.json#/fields/0/offered/dimensions/shelf", [*LOTS, (OFFERED, offer(dimensions={"shelf": "parent.shelf"}))]),
    ("E216", "entities/loan.json#/fields/1/offered/dimension", [(f"{FIELDS}/1/offered", offer())]),
    ("E216", "entities/loan_line.json#/fields/0/offered/dimension", [*LOTS, (OFFERED, offer(dimension="shelf"))]),
    ("E217", "entities/loan_line.json#/fields/0/offered/ledger", [("ledger/copies/kind", "turnover"), (OFFERED, offer())]),
    ("E218", "entities/loan_line.json#/fields/0/offered/measure", [*LOTS, (OFFERED, offer(measure="on_shelf + lent"))]),
    ("E219", "entities/loan_line.json#/fields/0/offered/dimensions/book", [(OFFERED, offer(dimensions={"book": "book"}))]),
    ("E219", "entities/loan_line.json#/fields/0/offered/dimensions/shelf", [*LOTS, (OFFERED, offer(dimensions={"shelf": "count"}))]),
    ("E220", "entities/loan_line.json#/fields/0/offered/by", [(OFFERED, offer(by="on_shelf"))]),
    ("E220", "entities/loan_line.json#/fields/0/offered/expires", [(OFFERED, offer(expires="spare"))]),
]  # fmt: skip
