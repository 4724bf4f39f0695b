"""What the dashboard stands on: the HTTP server, its guard, the live feed, the page's files, the log and the words."""
