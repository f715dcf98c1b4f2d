"""The rehearsal lab: the declared estate as real hosts and routers in network namespaces."""
