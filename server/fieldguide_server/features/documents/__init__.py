"""Features of open documents: hover, code lens, code actions, completion, diagnostics, config files."""
