"""Detectors of deployment files: containers, hosting platforms, databases."""
