"""Plans, approvals and rollouts in waves; the components that a node role installs.

What belongs here: anything that decides or carries out a change on a node.  Device
configuration belongs in ``network``; running steps durably belongs in ``core.jobs``.
"""
