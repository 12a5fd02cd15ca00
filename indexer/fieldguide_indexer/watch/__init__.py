"""File watching: which folders are watched, the observer, and drives that send no events."""
