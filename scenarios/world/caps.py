"""Whether a week's plan stays within the caps that the feeds of its Monday showed, worked out from the feeds alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.intake.erlang import weekly_minutes
from optimizer.plan.runs import Run
from scenarios.world.group import FILL_CAP, SHRINKAGE, TEAM_MINUTES

_ROUNDING = 1e-4
"""Slots or hours by which the rounding of a table and of a solver may pass a cap."""


def passed_caps(run: Run, feeds: Path) -> list[str]:
    """Every slot and intake cap that the plan of a run passes, in words."""
    return [*_slots(run.table("capacity"), pd.read_csv(feeds / "capacity.csv")), *_hours(run, feeds)]


def _slots(planned: pd.DataFrame, feed: pd.DataFrame) -> list[str]:
    keys = ["location", "service_line", "week"]
    told = planned[[*keys, "slots_used"]].merge(feed, on=keys, validate="one_to_one")
    assert len(told) == len(planned), "the feed tells of every week in which patients of the plan may come"
    free = FILL_CAP * told["new_patient_slots"] - told["already_booked"] - told["expected_baseline_bookings"]
    over = told["slots_used"] - np.maximum(free, 0.0)
    return [
        f"{row.location} {row.service_line} in the week of {row.week}: {row.slots_used:.2f} slots"
        for row in told[over > _ROUNDING].itertuples()
    ]


def _hours(run: Run, feeds: Path) -> list[str]:
    """Hours of leads answered in time, and of all leads answered, beside what the team has left for them."""
    keys, planned = ["intake_team", "week"], run.table("intake")
    told = planned.merge(pd.read_csv(feeds / "intake.csv"), on=keys, validate="one_to_one")
    assert len(told) == len(planned), "the feed tells of every week in which leads of the plan may come"
    same = np.ones(len(told))
    seats, paid = told["agents"].to_numpy(float), told["paid_hours"].to_numpy(float)
    in_time, ever = weekly_minutes(seats, paid, SHRINKAGE * same, TEAM_MINUTES * same, share=0.8, seconds=20)
    others = (told["baseline_contacts"] * TEAM_MINUTES + told["backlog_hours"] * 60).to_numpy(float)
    answered = (told["lead_hours"] * np.where(told["leads"] > 0, 1 - told["lost"] / told["leads"], 0.0)).to_numpy()
    over = np.maximum(
        told["hours_used_in_time"].to_numpy(float) - np.maximum(in_time - others, 0.0) / 60,
        answered - np.maximum(ever - others, 0.0) / 60,
    )
    return [
        f"{row.intake_team} in the week of {row.week}: {row.hours_used_in_time:.2f} hours"
        for row in told[over > _ROUNDING].itertuples()
    ]
