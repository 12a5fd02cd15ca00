"""Generations of an index: a catalog with its vectors, made by one recipe; which one answers, and what state it is in."""
