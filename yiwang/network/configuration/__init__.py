"""A device's configuration as a tree: tolerant of whatever was captured, and true to every line of it."""
