"""What reports are worked out with: parts that are read, cells that add up, formulas over rows, periods side by side."""
