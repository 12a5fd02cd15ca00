"""Readers of a repository and of its formats: files, YAML, JSON with comments, shell commands."""
