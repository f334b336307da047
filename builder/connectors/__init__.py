"""Connectors: how the app speaks to outside systems and hears from them. One client goes out, and only where it is allowed."""
