"""Answers without a language model: for a question, for lines of a file, and for a file."""
