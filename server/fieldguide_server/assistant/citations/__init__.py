"""Citations: parsed, checked against the files, corrected or removed."""
