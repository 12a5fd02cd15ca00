"""Detectors of Node and Deno projects."""
