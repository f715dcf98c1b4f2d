"""Existing Ansible playbooks as parts of a node: planned, approved, carried out and told like components.

ansible-core runs in a process of its own, one for each node and playbook.  It holds no key and opens no
connection: what it wants of the node it asks of us, and we ask it over the connection that we hold.
"""
