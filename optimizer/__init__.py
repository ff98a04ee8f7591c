"""Capacity-aware budget optimizer for healthcare marketing. The Python API is :mod:`optimizer.api`."""
