"""Runtime: runs published apps. The one door is ``dispatch``."""
