"""Detectors of continuous-integration configuration."""
