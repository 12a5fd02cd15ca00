"""Workspace folders, their settings, their indexes, and their unsaved documents."""
