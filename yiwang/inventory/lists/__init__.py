"""Bulk lists: ``columns`` names the headings, ``sheet`` reads CSV and xlsx, ``change`` and ``edit`` bring rows in."""
