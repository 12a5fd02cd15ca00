"""Detectors of the other languages."""
