"""Documentation outside of the workspace: its sources and archives."""
