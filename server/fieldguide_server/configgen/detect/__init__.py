"""Detectors: each reads the files of one ecosystem or tool, and yields evidence with its line."""
