"""What a device tells of itself, as frozen values; one file for each group of facts.

A group has its object ids, its values, and a pure function from answers to values.
"""
