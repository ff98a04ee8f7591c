"""The families of rows and columns: what the plan may decide and what limits it."""
