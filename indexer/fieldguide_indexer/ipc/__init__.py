"""Communication with the process that owns an index: where it is found, and length-prefixed JSON over loopback."""
