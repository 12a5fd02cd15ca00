"""Generations of an index: what each is made with, and how the next one replaces it."""
