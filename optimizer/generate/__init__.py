"""Made-up groups of any size: every table of a scenario, the same for the same seed, and marked as made up."""
