"""Documentation beside the workspace: its sources and archives."""
