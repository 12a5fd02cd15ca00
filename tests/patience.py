"""How long a test waits for what is sure to come: it costs nothing when all is well, and a busy machine needs it."""

PATIENCE = 60.0
