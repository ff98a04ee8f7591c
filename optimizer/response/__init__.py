"""From weekly spend to expected leads: curves, and the straight steps by which a linear program follows them."""
