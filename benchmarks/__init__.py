"""Measures the product against a hand-written program with the same duties: ``python -m benchmarks.run``."""
