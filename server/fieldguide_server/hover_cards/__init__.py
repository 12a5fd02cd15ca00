"""Hover cards: the symbol under the cursor and what is shown about it."""
