"""One page of a run for people who have no program to open it with: a file that needs no network and no script."""
