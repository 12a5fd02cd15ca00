"""The process that owns an index: its request server and the index that it hosts."""
