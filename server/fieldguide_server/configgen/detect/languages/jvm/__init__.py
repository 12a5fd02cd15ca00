"""Detectors of the languages of the Java virtual machine."""
