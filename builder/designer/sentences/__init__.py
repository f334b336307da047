"""Sentences: rules, conditions and expressions as people read and write them, in both languages, and back."""
