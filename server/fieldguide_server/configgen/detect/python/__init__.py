"""Detectors of Python projects."""
