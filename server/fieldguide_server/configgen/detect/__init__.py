"""Detectors: each reads one ecosystem's or one tool's files and yields evidence with its line."""
