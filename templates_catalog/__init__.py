"""The catalog: one folder per template, nothing but data. A package only so that it is found wherever the product is installed."""
