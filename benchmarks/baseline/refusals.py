"""Refusals: what the baseline says no to, as problem+json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent, and where."""

    path: str
    code: str
    message: str = ""

    def as_json(self) -> dict[str, str]:
        return {"path": self.path, "code": self.code, "message": self.message or self.code}


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the program
    """Ends a request with ``status``; the transaction it is raised in is rolled back."""

    def __init__(self, status: int, code: str, faults: tuple[Fault, ...] = (), **extra: Any) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.faults = faults
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        return {
            "type": "about:blank",
            "title": self.code,
            "status": self.status,
            "code": self.code,
            "errors": [f.as_json() for f in self.faults],
            **self.extra,
        }
