"""The error family: every expected failure has a code, a status, a place and words.

Pure code returns ``Problem`` values (all of them at once); the edges raise one ``BuilderError``
that carries them. ``builder.web.problems`` is the only place where an error becomes an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code, the place, and what the words are filled with.

    ``path`` is a JSON-pointer-like place (``/lines/2/qty``, ``entities/item.json#/fields/3``),
    ``params`` fill the translated message of ``code``. ``message`` is set when the words come from
    a definition (a rule's refusal, a guard); it then wins over the catalogue of messages.
    """

    code: str
    path: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    message: str | Mapping[str, str] | None = None
    severity: str = "error"


class BuilderError(Exception):
    """An expected failure. ``status`` is the HTTP status that it becomes."""

    code = "ERROR"
    status = 500

    def __init__(
        self,
        code: str | None = None,
        *,
        problems: Iterable[Problem] = (),
        path: str = "",
        message: str | Mapping[str, str] | None = None,
        **params: Any,
    ) -> None:
        self.code = code or type(self).code
        self.path = path
        self.params: Mapping[str, Any] = params
        self.message = message
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.code, *(f"{p.code} {p.path}" for p in self.problems[:5]), *params.values())


class InvalidError(BuilderError):
    """The input is wrong; ``problems`` says everything that is."""

    code, status = "INVALID", 422


class RefusedError(InvalidError):
    """A rule, a guard or a workflow said no."""

    code = "REFUSED"


class MalformedError(BuilderError):
    """The request cannot be read at all: broken JSON, wrong media type."""

    code, status = "MALFORMED", 400


class NotSignedInError(BuilderError):
    """Nobody is signed in, or the session has ended."""

    code, status = "NOT_SIGNED_IN", 401


class ForbiddenError(BuilderError):
    """The actor may see the thing but not do this with it."""

    code, status = "FORBIDDEN", 403


class NotFoundError(BuilderError):
    """Absent, or not the actor's to know about: one answer for both."""

    code, status = "NOT_FOUND", 404


class ConflictError(BuilderError):
    """Somebody else was first; the answer says what the state is now."""

    code, status = "CONFLICT", 409


class TooLargeError(BuilderError):
    """The body, file or result is beyond its declared limit."""

    code, status = "TOO_LARGE", 413


class TooManyError(BuilderError):
    """Too many attempts; ``retry_after`` (seconds) says when to come back."""

    code, status = "TOO_MANY_REQUESTS", 429


class BusyError(BuilderError):
    """Locks or capacity were not to be had in time; nothing was written. ``retry_after`` in seconds."""

    code, status = "BUSY", 503


class ReadOnlyError(BuilderError):
    """The disk is full or failing: reading goes on, writing does not."""

    code, status = "READ_ONLY", 507
