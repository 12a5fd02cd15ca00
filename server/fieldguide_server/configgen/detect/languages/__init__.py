"""Detectors of the other languages, one module each."""
