"""How settings lie on the disk: reading with line numbers, writing with comments, secrets apart. Only `settings` uses it."""
