"""The index inside the process that owns it: updates, vectors in the background, and the questions it answers."""
