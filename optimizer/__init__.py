"""Capacity-aware budget optimizer for healthcare marketing. See :mod:`optimizer.api`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.api import Plan, Run, Scenario, export_lp, from_frames, load, open_run, plan, save, validate

__all__ = ["Plan", "Run", "Scenario", "export_lp", "from_frames", "load", "open_run", "plan", "save", "validate"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 (imported on first use, so that the command line starts at once)
    if name in __all__:
        return getattr(import_module("optimizer.api"), name)
    raise AttributeError(f"module 'optimizer' has no attribute '{name}'")
