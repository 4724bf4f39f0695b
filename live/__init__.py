"""The wing of the LIVE: where events come from."""
