"""Storage of an index: the catalog in SQLite, with the words, and the vectors in Chroma."""
