"""Judging configurations by rules: verdicts, findings, waivers, history, and what people read of it."""
