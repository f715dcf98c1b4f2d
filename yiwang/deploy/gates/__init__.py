"""Gates: probes that must pass before a rollout goes on.  ``gate`` is the mechanism, ``probes`` the probes."""
