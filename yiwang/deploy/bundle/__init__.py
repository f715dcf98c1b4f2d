"""The air-gapped bundle: packages, wheels and pages in one signed archive, and how it feeds a mirror node.

The archive is a plain tar; what it holds is what the mirror serves.  ``SHA256SUMS`` names every file, its
signature is beside it, and ``gpgv`` and ``sha256sum`` of any Debian verify it without Yiwang.
"""
