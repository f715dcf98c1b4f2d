"""Runs and their steps: rows that a pure function reads to decide what happens next.

``model`` says what a run is, ``decide`` what to do next, ``transition`` what that changes,
``store`` keeps the rows, ``executor`` is the seam to whatever carries out a step,
``local`` the one in threads and processes, ``controller`` asks and does, ``schedule``
begins runs by the clock.
"""
