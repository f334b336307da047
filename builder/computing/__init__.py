"""Set-based calculations over whole structures: pure, exact, and without knowing what is calculated."""
