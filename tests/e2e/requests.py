"""A small app of requests: a document with nothing but what an approval can ask about. Its approvals are built in the browser."""

from __future__ import annotations

from typing import Any

from builder.metadata.kinds import Nodes
from builder.metadata.uids import with_uids


def words(chinese: str, english: str) -> dict[str, str]:
    return {"zh-CN": chinese, "en": english}


def request_nodes() -> Nodes:
    made: Nodes = {
        ("app", "app"): {
            "uid": "desk.app",
            "key": "desk",
            "label": words("申请", "Requests"),
            "version": "1.0.0",
            "menu": [{"view": "requests"}],
        },
        ("entity", "request"): _entity(),
        ("view", "requests"): {
            "uid": "view.requests",
            "key": "requests",
            "entity": "request",
            "label": words("申请单", "Requests"),
            "columns": [{"field": "subject"}, {"field": "amount"}, {"field": "state"}],
        },
        ("workflow", "request"): _workflow(),
        ("roles", "roles"): {"roles": _roles()},
    }
    return with_uids(made)


def _entity() -> dict[str, Any]:
    def field(key: str, type: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
        return {"uid": f"request.{key}", "key": key, "type": type, "label": words(chinese, english), **more}

    return {
        "uid": "request",
        "key": "request",
        "kind": "document",
        "label": words("申请单", "Request"),
        "label_plural": words("申请单", "Requests"),
        "title": "subject",
        "fields": [
            field("subject", "text", "事由", "Subject", required=True),
            field("amount", "money", "金额", "Amount"),
            field("remark", "text", "备注", "Remark"),
            field("secret", "text", "底价", "Lowest price"),
        ],
    }


def _workflow() -> dict[str, Any]:
    def state(key: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
        return {"uid": f"s.{key}", "key": key, "label": words(chinese, english), **more}

    def move(key: str, chinese: str, english: str, source: str, target: str, **more: Any) -> dict[str, Any]:
        label = words(chinese, english)
        return {"uid": f"t.{key}", "key": key, "label": label, "from": [source], "to": target, **more}

    filing = {
        "uid": "t.file.approval",
        "label": words("归档审批", "Filing"),
        "rejects_by": "reopen",
        "nodes": [
            {
                "uid": "t.file.n",
                "kind": "approver",
                "label": words("档案员确认", "Archivist"),
                "approvers": [{"user": "seller"}],
            }
        ],
    }
    return {
        "uid": "workflow.request",
        "key": "request",
        "entity": "request",
        "label": words("申请流程", "Request flow"),
        "initial": "draft",
        "states": [
            state("draft", "草稿", "Draft", editable=True),
            state("submitted", "待审核", "To approve", color="orange"),
            state("approved", "已审核", "Approved", color="green", approved=True),
            state("filed", "已归档", "Filed", final=True),
        ],
        "transitions": [
            move("submit", "提交", "Submit", "draft", "submitted", default=True, style="primary"),
            move("approve", "审核", "Approve", "submitted", "approved", style="primary"),
            move("reject", "驳回", "Reject", "submitted", "draft", style="danger"),
            move("file", "归档", "File", "approved", "filed", approval=filing),
            move("reopen", "重新打开", "Reopen", "approved", "draft"),
        ],
    }


def _roles() -> list[dict[str, Any]]:
    def role(key: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
        return {"uid": f"role.{key}", "key": key, "label": words(chinese, english), **more}

    grant = {"uid": "grant.request", "entity": "request", "may": ["read", "create", "update"]}
    return [
        role("boss", "老板", "Owner", all_entities=True, app=["design", "people", "settings"]),
        role("manager", "经理", "Manager", grants=[{**grant, "uid": "grant.m", "may": ["read"]}]),
        role("worker", "员工", "Worker", grants=[{**grant, "transitions": ["submit"]}]),
    ]
