"""The distributed executor: steps are carried out by workers at the sites, reached through RabbitMQ.

The broker is a transport and nothing else: what a run is, what it does next, how often a step is
tried and what came out of it stay in our own tables.  ``topology`` says which exchanges, queues
and rights there are, ``administration`` makes the broker so, ``broker`` opens connections,
``messages`` is what goes over them.  ``executor`` and ``link`` are the controller's side,
``worker``, ``step``, ``outbox`` and ``target`` the site's.
"""
