"""Facts of devices over SNMP: what they are, their interfaces, neighbours, parts and clock.

``session`` is the seam: get, walk columns, set.  ``reference`` implements it with pysnmp; ``fast`` with
gufo-snmp where that is installed, and asks the reference whenever an answer is less than certain.
"""
