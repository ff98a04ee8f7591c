"""The edition of a run that may be passed on: no count of 1 to 10 people is in it or can be worked out from it."""
