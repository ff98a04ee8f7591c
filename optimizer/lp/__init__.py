"""Linear programs as named blocks of rows and columns. Nothing in here knows about marketing."""
