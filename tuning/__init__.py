"""The settings while the program runs: the watched file, what was changed last, presets, profiles, other people's files."""
