"""Probes, metrics, alerts, indicators, milestones' state, supervision and reports.

What belongs here: anything that turns evidence into health, figures or a document.
"""
