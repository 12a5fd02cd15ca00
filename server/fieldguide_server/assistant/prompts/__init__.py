"""The messages that a model is sent: who answers, the rules, earlier turns, and passages, within a budget of tokens."""
