"""Drawing the estate: ``topology`` is the graph, ``branches`` the tree, ``layout`` and ``svg`` the picture."""
