"""Passages for a question: read, packed into a token budget, shortened, and judged for relevance."""
