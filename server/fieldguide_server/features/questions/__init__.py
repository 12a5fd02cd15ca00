"""Requests about code: ask, explain, history, models and personas."""
