"""The wing that speaks: avatars, how long a line takes to say, and the gate that tells speech from silence."""
