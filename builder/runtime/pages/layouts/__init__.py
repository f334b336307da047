"""Layouts of lists: the records that a list would show, as bars along days, on the days of a month, or as cards in columns."""
