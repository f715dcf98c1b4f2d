"""The vendors' devices of the lab: a scripted command line over a real router.

``engine`` is what runs inside the device (standard library only), ``platforms`` holds one data
file for each vendor, and the modules here make, on the operator's machine, what a device needs.
"""
