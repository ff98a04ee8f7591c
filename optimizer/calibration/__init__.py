"""Curves and rates from what was measured."""
