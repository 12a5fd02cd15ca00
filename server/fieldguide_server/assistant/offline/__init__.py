"""Answers and explanations that need no language model."""
