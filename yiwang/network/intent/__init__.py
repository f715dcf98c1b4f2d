"""What the estate asks of each device: computed once, printed in its vendor's words, compared with what runs."""
