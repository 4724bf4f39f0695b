"""How the program begins and ends. Only `main` uses it."""
