"""The archive of what devices said: a git repository with one file for each device and kind of output.

Secrets never come in: each is replaced by a keyed digest, so that the same secret on two devices is seen to be the
same and its value is not seen.  What changes by itself is left out, so that every commit is a change.
"""
