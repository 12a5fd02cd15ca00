"""Open config files in the editor: their analysis, diagnostics and edits."""
