"""Facts about developer tools, and readers of their files: what both detectors and checks have to know."""
