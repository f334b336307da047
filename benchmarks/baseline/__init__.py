"""The reference: the same jobs written by hand for one trade, with Flask and SQLAlchemy Core on dedicated, typed tables.

It has the duties of the product (sign-in, permissions, row scope, validation, versions, history, outbox, idempotency, command
log, guards, balances) and none of its freedom: every column, rule and statement is fixed in code.
"""
