"""Text from files and models: made safe to show, split into lines and words, and weighted."""
