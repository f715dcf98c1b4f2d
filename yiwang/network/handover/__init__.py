"""Hand-over of read access to the supervising authority: proven on each device, sealed, received, renewed.

A run proves the accounts device by device; only when every one of them is proven is a package sealed.
"""
