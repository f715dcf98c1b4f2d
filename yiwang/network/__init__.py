"""Network devices: platforms as data, collection over SSH and SNMP, archive, audit, drift, hand-over.

What belongs here: anything that reads or renders a device configuration.  Vendor
differences are tables under ``platforms/``, never branches in code.
"""
