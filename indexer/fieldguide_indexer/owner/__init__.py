"""The owner process of an index, which alone writes it and serves all its clients."""
