"""What git knows of some lines: their last change, and the commit that is checked out."""
