"""What ansible-core loads from us, by the rules of its plugins."""
