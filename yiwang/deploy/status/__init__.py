"""How an estate stands, computed from evidence: ``node`` judges one node, ``overview`` all, ``waiting`` finds plans."""
