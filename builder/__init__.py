"""Zhanggui: business apps from metadata, whose numbers add up."""

__version__ = "0.1.0"
