"""Unsaved buffers of a client, merged with what is stored."""
