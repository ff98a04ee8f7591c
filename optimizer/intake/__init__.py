"""How much work an intake team can take on while it still answers in time."""
