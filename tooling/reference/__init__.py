"""Reference pages written from the code: command line, settings, error codes and the estate's keys."""
