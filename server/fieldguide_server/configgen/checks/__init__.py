"""Checks of config files: schemas, and whether everything that commands and documents name exists."""
