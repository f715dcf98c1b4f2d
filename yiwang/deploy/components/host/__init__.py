"""The parts of ``baseline``: one file for each thing that every node has.

A part is a model with its values, which :class:`~yiwang.deploy.components.baseline.Baseline` joins; a function
that derives those of them that follow from the estate; and a function that calls the operations.
"""
