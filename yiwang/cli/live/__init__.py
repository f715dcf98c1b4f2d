"""Showing a run while it goes on: a view on a terminal, plain lines elsewhere, events for programs.

``follow`` looks and shows; ``frame`` lays a look out as lines; ``screen`` paints them; ``plain`` and
``events`` are the other two ways to show.
"""
