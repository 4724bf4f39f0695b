"""The first five minutes: the steps that lead to a talking pal, for window and page alike."""
