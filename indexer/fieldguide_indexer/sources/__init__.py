"""Sources of documents: which files belong to an index, and how they are read."""
