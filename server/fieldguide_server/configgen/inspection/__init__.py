"""Inspection of existing config files: diagnostics, quick fixes, hovers and completions."""
