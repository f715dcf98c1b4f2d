"""What runs inside a device: Python's standard library only, since no other is installed there."""
