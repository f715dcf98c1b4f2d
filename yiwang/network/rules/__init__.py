"""Audit rules as data: one YAML file for a group of rules, in the product and in an estate."""
