"""Canonical records: what the platform takes from departments, and by which rules.

Each record is told once, in ``standard/<record>.yaml``; the pydantic model at the border, the validator of rows, the
validator of columns, masking, JSON Schema and the reference page are all made from it.
"""
