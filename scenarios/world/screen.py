"""What came of the worlds, as text."""

from __future__ import annotations

import pandas as pd

from scenarios.world.group import Course
from scenarios.world.policies import PROGRAM


def screen(means: pd.DataFrame, played: pd.DataFrame, course: Course) -> str:
    """A table of means a world by policy, and of what the program is better by.

    Args:
        means: As :func:`scenarios.world.play.summary` gives it.
        played: As :func:`scenarios.world.play.play_worlds` gives it.
        course: How eventful the worlds were.
    """
    seeds = sorted(set(played["seed"]))
    mine = played[played["policy"] == PROGRAM]
    passed = sum(len(caps) for caps in mine["passed"])
    lines = [
        f"{len(seeds)} made-up worlds of {course.weeks} weeks, seeds {seeds[0]} to {seeds[-1]}; nothing here was"
        " measured",
        "",
        f"{'Mean of a world':<26}{'Value':>12}{'Spend':>11}{'Waste':>10}{'Visits':>8}"
        f"{'Value is less by (95 %)':>34}{'Waste is more by (95 %)':>32}",
        *[_line(str(name), row) for name, row in means.iterrows()],
        "",
        f"Slot and intake caps of the feeds that a plan passed: {passed}. Questions about feeds that were answered:"
        f" {int(mine['questions'].sum())}.",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _line(name: str, row: pd.Series) -> str:
    told = f"{name:<26}{row['value']:>12,.0f}{row['spend']:>11,.0f}{row['waste']:>10,.0f}{row['visits']:>8,.0f}"
    if name == PROGRAM:
        return told
    value = f"{row['gain']:,.0f} ({row['low']:,.0f} to {row['high']:,.0f})"
    waste = f"{row['less_waste']:,.0f} ({row['less_waste_low']:,.0f} to {row['less_waste_high']:,.0f})"
    return f"{told}{value:>34}{waste:>32}"
