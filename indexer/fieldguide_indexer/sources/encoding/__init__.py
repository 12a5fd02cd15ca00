"""Encodings of text: declared ones, UTF-8, and those that are recognized."""
