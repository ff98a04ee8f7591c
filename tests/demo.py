"""The plan of the demonstration, made once for all tests of a process that only read it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from optimizer import api
from optimizer.plan.planner import Plan

THREE_MARKETS = Path(__file__).parents[1] / "scenarios" / "three_markets"


@cache
def three_markets() -> Plan:
    """The plan of ``scenarios/three_markets``; it must not be changed."""
    return api.plan(THREE_MARKETS)
