"""The parts of ``database``: who may do what in it, and how it uses the node."""
