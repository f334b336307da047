"""A process that writes until it is killed or done: one key, one number, one link, one record per transaction.

``python -m tests.storage.writer URL NAME COUNT`` says ``<i>`` on a line of its own after each commit.
"""

from __future__ import annotations

import sys

from sqlalchemy import insert

from builder.changes import NumberRequest
from builder.storage import commands, counters
from builder.storage.database import Database
from builder.storage.errors import RetryError
from builder.storage.tables.pool import member_table
from tests.storage.samples import NOW, record_row
from tests.storage.test_commands import ACTOR

ENTITY = 7


def write_one(database: Database, key: str) -> None:
    """What is written together or not at all."""
    with database.write() as conn:
        if not commands.claim(conn, 1, 5, "Create", key, "h", NOW):
            return
        id = database.new_id()
        request = NumberRequest("order", id, "number", "s", "", "{n}", 4)
        number = counters.take(conn, 1, [request])[request]
        conn.execute(insert(member_table(0)), record_row(id, ENTITY, u0=str(number)))
        cmd = database.new_id()
        commands.answered(conn, 1, 5, "Create", key, cmd, b"{}")
        commands.log(conn, 1, cmd=cmd, at=NOW, actor=ACTOR, kind="Create", record_id=id)


def main(url: str, name: str, count: int) -> None:
    database = Database.open(url)
    for number in range(count):
        while True:
            try:
                write_one(database, f"{name}-{number}")
                break
            except RetryError:
                continue
        print(number, flush=True)
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
