"""Solvers for programs, and the search for what makes a program impossible."""
