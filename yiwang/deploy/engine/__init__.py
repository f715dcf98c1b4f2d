"""One target at a time: what would change on it, changing it, and putting it back.

A target is an :class:`~yiwang.deploy.engine.endpoint.Endpoint`; what it is to be is a
:class:`~yiwang.deploy.engine.specification.Specification`.  ``check`` looks and changes nothing,
``apply`` changes, ``rollback`` undoes.  Everything goes in and comes out as frozen values.
"""
