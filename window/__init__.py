"""The wing behind the settings window: its parts and its fields."""
