"""Trying things out from the dashboard: a question, the connections, a rehearsal, a replay. With and without a running bot."""
