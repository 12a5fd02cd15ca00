"""Checks of a config file: its schema, and whether everything it names exists in the repository."""
