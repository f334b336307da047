"""Revisions of the fixed tables. Entities need none: the pool's members are all alike."""
