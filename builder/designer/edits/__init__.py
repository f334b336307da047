"""Edits: what a designer does to a package, as pure functions from nodes to changed nodes."""
