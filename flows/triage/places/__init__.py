"""Where a message says that something happens: the names of places, and the words around them."""
