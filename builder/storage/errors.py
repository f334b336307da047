"""What storage itself raises, in words of its own: a driver's error never leaves this package."""

from __future__ import annotations

from collections.abc import Sequence

from builder.errors import Problem


class StorageError(Exception):
    """Something about the database that is not the person's fault."""

    def __init__(self, code: str = "") -> None:
        self.code = code
        super().__init__(code)


class RetryError(StorageError):
    """Nothing was written, and the same may well succeed when it is decided again: a lock, a dead end between two transactions, a
    connection lost before COMMIT, a row that moved."""


class UnknownOutcomeError(StorageError):
    """The connection broke around COMMIT: it may have been written or not. The idempotency key tells."""


class SchemaError(StorageError):
    """The database was made by a newer release of the engine, which this one does not understand."""


class DuplicateError(StorageError):
    """A unique key is taken; nothing was written. ``entity_id`` and ``slot`` name the key of a record (None: a key of another
    ``table``, or an entity that could not be told)."""

    def __init__(self, entity_id: int | None = None, slot: str | None = None, table: str = "") -> None:
        super().__init__("DUPLICATE")
        self.entity_id = entity_id
        self.slot = slot
        self.table = table


class BackupError(StorageError):
    """A backup that is broken, incomplete or of another release, or a database that is not empty. ``problems`` says all that is wrong."""

    def __init__(self, code: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(code)
        self.problems = tuple(problems)
