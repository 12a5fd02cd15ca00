"""Index updates: scan, compare with the catalog, prepare files in worker processes, store."""
