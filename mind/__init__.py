"""The wing where answers are made and judged."""
