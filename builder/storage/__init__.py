"""Storage: generic tables, and the only place that reads and writes them. SQL text lives in ``storage/sql`` and migrations."""
