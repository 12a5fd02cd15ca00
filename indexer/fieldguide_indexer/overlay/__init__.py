"""Unsaved editor buffers laid over an index, visible to the client that sent them alone."""
