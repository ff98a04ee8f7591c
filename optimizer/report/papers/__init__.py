"""Papers of one page that people take into a meeting, and the dictionary of what their numbers mean."""
