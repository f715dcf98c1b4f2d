"""The web console and the API: pages, routes and access control."""
