"""What shows only in all devices together: facts of many against the declared estate.  Pure functions."""
