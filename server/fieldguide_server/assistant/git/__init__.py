"""Facts from git: the commit that is checked out, and the last change of some lines."""
