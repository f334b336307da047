"""The fixed tables, by what they are about. Every key starts with the workspace; 0 in a key means none."""

from builder.storage.tables import apps, flow, ledgers, machinery, people, records, tickets
from builder.storage.tables.shape import metadata

__all__ = ["apps", "flow", "ledgers", "machinery", "metadata", "people", "records", "tickets"]
