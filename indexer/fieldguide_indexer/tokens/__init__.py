"""Exact, offline token counts with the o200k vocabulary of OpenAI's current models."""

from fieldguide_indexer.tokens.counter import count_tokens, estimate_tokens, fits, tokens_before_lines

__all__ = ["count_tokens", "estimate_tokens", "fits", "tokens_before_lines"]
