"""Passages for a question: read again, ranked, shortened to excerpts, and packed into a budget of tokens."""
