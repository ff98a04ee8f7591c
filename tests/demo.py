"""The plan of the demonstration, made once for all tests of a process that only read it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from optimizer import api
from optimizer.plan.planner import Plan
from optimizer.plan.runs import Run

THREE_MARKETS = Path(__file__).parents[1] / "scenarios" / "three_markets"


@cache
def three_markets() -> Plan:
    """The plan of ``scenarios/three_markets``; it must not be changed."""
    return api.plan(THREE_MARKETS)


@cache
def three_weeks_run() -> Run:
    """A run of the demonstration's first three weeks, made once for all tests of a process that only read it."""
    folder = Path(tempfile.mkdtemp(prefix="three-weeks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return api.save(api.plan(three_weeks(folder / "clinics")), folder / "runs")


def three_weeks(folder: Path) -> Path:
    """The demonstration cut to its first three weeks, in a new folder: every table and rule, planned in a second."""
    shutil.copytree(THREE_MARKETS, folder)
    yaml = (folder / "scenario.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("weeks: 13", "weeks: 3"), ("total: 1330000", "total: 320000"), ("    2026-12: 320000", "#"),
    ):  # fmt: skip
        assert old in yaml
        yaml = yaml.replace(old, new)
    (folder / "scenario.yaml").write_text(yaml, encoding="utf-8")
    events = pd.read_csv(folder / "calendar_events.csv")
    events[events["event"] != "Christmas rest"].to_csv(folder / "calendar_events.csv", index=False)
    limits = pd.read_csv(folder / "limits.csv").set_index("limit")
    least = {"coast-launch": 12000, "orthopaedics-visits": 200, "riverbend-therapy-bookings": 10}
    limits["min"] = [least.get(str(name), limits.loc[name, "min"]) for name in limits.index]
    limits.loc["spend-per-visit", "max"] = 400
    limits.to_csv(folder / "limits.csv")
    return folder
