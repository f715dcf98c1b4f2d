"""Mappings: how a department's rows become canonical records.

A mapping is a YAML file that names columns, tables and steps; it holds no code, so that a tenant can run none.  It is
read once, with every mistake at its line, and becomes closures for single rows and Polars expressions for frames.
"""
