"""What builds and checks the repository: the catalogue, the reference pages, the constraints.  Not installed."""
