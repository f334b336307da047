"""Rules: validation, formulas and what reacts to what. Pure: decides, never does."""
