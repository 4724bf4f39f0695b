"""Looks at each part that a stream needs, and says in plain words what is wrong and what to do."""
