"""Citations in a model's text: parsed, checked against the files, corrected or removed; unknown names marked."""
