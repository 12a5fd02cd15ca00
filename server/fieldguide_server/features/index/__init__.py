"""Requests about the index: search, status, files, pause, reindex, documentation."""
