"""Questions that take more than one plan."""
