"""From evidence to one development environment."""
