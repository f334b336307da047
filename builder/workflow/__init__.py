"""Workflow: which moves a record may make, and who must agree first. Pure: decides, never does."""
