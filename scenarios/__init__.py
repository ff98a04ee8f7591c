"""Worked scenarios, and the generator of the larger one."""
