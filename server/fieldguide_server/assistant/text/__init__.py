"""Text utilities: lines, terms, and the sanitizing of untrusted text."""
