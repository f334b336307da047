"""Ledgers: definitions compiled, postings planned without I/O, then locked, written and read."""
