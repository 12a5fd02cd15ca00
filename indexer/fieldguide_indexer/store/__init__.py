"""What an index keeps on disk: the catalog in SQLite, with the words, and the vectors in Chroma."""
