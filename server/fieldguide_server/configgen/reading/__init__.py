"""Readers of a repository and its formats: files, YAML, JSON with comments, shell commands."""
