"""What differs between two estates: ``revision`` finds them, ``compare`` compares, ``words`` tells it."""
