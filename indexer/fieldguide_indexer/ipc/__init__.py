"""Communication with the owner process of an index: finding it, and length-prefixed JSON over loopback."""
