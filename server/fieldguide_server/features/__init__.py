"""One file a feature; each is a thin adapter that ``register`` puts on the server. They do not know each other."""
