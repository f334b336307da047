"""Trying: what rules, approvals and whole drafts would do, on one record or on what happened. Nothing is written."""
