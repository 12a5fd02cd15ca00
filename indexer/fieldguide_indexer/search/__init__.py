"""Search and symbol lookup: parse the query, collect candidates, rank them, merge results of several indexes."""
