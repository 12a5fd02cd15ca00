"""The engine of an index: updates, vectors in the background, and the questions it answers."""
