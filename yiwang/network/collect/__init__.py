"""Collecting from devices over SSH: the way to them, sessions on their command lines, what makes an answer whole.

One run visits many devices; each is one step that reads, judges, redacts and hands over to the archive.
"""
