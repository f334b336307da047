"""Metadata: what an app is. Pure and immutable."""
