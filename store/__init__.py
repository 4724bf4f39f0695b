"""The wing behind memory: what a record is, and where records lie."""
