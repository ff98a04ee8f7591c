"""Worlds played through under every policy, and what came of it."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from scenarios.world.group import RUN_IN, Course, Floats, make_group, monday
from scenarios.world.operations import World
from scenarios.world.policies import POLICIES, PROGRAM, Monday, ThisProgram, policy
from scenarios.world.told import write_feeds, write_told


@dataclass(frozen=True)
class Played:
    """A world as it was lived through under a policy.

    Attributes:
        seed: Which world.
        policy: Which policy.
        value: Lifetime margin of the visits from the first week of the calendar on, those after its end included,
            less the calendar's spend. Visits of leads that were paid for before count alike for every policy.
        spend: The calendar's spend.
        waste: Spend whose patients found no slot: each week's spend of a campaign is shared evenly by the patients
            that it made ask for an appointment, and the shares of those count who found none open within the longest
            wait, or lost theirs when slots were withdrawn and no other was open.
        visits: Completed visits.
        asked: Patients who asked.
        without_slot: Those of them without a slot.
        late: Leads answered late or never.
        turned_away: Other patients who found no slot.
        passed: Caps that the feeds showed and a plan of the program passed.
        questions: Questions about feeds that were answered.
    """

    seed: int
    policy: str
    value: float
    spend: float
    waste: float
    visits: int
    asked: int
    without_slot: int
    late: int
    turned_away: int
    passed: tuple[str, ...] = ()
    questions: int = 0


def play(seed: int, course: Course, name: str, folder: Path) -> tuple[World, Played]:
    """Live through a world under a policy.

    Args:
        seed: Which world; the same seed meets every policy with the same leads, patients and shocks.
        course: How eventful it is.
        name: Which policy.
        folder: An empty folder for what the policy is told and keeps.
    """
    world = World(make_group(seed, course)).run_in()
    write_told(world, folder / "told")
    chosen = policy(name, folder / "told", folder)
    before, budget = world.group.today, float(world.group.today.sum()) * course.weeks
    while world.week < RUN_IN + course.weeks:
        told = _monday(world, folder, before, budget)
        before = chosen.budgets(told)
        world.live(before)
    world.run_out()
    played = _result(world, name)
    if isinstance(chosen, ThisProgram):
        played = Played(**{**vars(played), "passed": tuple(chosen.passed), "questions": chosen.asked})
    return world, played


def _monday(world: World, folder: Path, before: Floats, budget: float) -> Monday:
    number, week = world.week - RUN_IN, dt.date.fromisoformat(monday(world.week))
    feeds = folder / "feeds" / week.isoformat()
    write_feeds(world, feeds)
    gone = float(world.spend[:, RUN_IN:].sum())
    return Monday(number, week, feeds, before, budget - gone, world.group.course.weeks - number)


def _result(world: World, name: str) -> Played:
    group, inside = world.group, slice(RUN_IN, None)
    spend = world.spend[:, inside]
    asked = world.bought["asked"][:, inside]
    without = (world.bought["no_slot"] + world.bought["moved_out"])[:, inside]
    wasted = spend * np.divide(without, asked, out=np.zeros_like(spend), where=asked > 0)
    visits = world.completed[:, inside]
    return Played(
        seed=group.seed,
        policy=name,
        value=float((visits.sum(axis=1) * group.ltv).sum() - spend.sum()),
        spend=float(spend.sum()),
        waste=float(wasted.sum()),
        visits=int(visits.sum()),
        asked=int(asked.sum()),
        without_slot=int(without.sum()),
        late=int((world.bought["late"] + world.bought["unanswered"])[:, inside].sum()),
        turned_away=int(world.turned_away[:, inside].sum()),
    )


def write_weeks(seed: int, course: Course, folder: Path) -> None:
    """Write a world as the program is told of it: ``half_year``, and ``feeds`` of each Monday under today's budgets."""
    world = World(make_group(seed, course)).run_in()
    write_told(world, folder / "half_year")
    while world.week < RUN_IN + course.weeks:
        write_feeds(world, folder / "feeds" / monday(world.week))
        world.live(world.group.today)


def play_all(seed: int, course: Course, policies: Sequence[str] = POLICIES) -> list[Played]:
    """Live through one world under every policy, in folders that are removed."""
    results = []
    for name in policies:
        folder = Path(tempfile.mkdtemp(prefix="world-"))
        try:
            results.append(play(seed, course, name, folder)[1])
        finally:
            shutil.rmtree(folder)
    return results


def play_worlds(seeds: Sequence[int], course: Course, processes: int = 1) -> pd.DataFrame:
    """One row per world and policy, with what came of it; worlds are played at the same time where asked for."""
    if processes == 1:
        found = [play_all(seed, course) for seed in seeds]
    else:
        with ProcessPoolExecutor(processes) as pool:
            found = list(pool.map(partial(play_all, course=course), seeds))
    return pd.DataFrame([vars(played) for of_world in found for played in of_world])


def summary(played: pd.DataFrame) -> pd.DataFrame:
    """Means over worlds by policy, and what the program is better by, with a 95 % interval of paired differences.

    Returns:
        Indexed by policy: value, spend, waste, visits, late, turned_away (means a world); gain, low, high (value of the
        program less that of the policy); less_waste, less_waste_low, less_waste_high (its waste less the program's).
    """
    means = played.groupby("policy")[["value", "spend", "waste", "visits", "late", "turned_away"]].mean()
    value, waste = (played.pivot(index="seed", columns="policy", values=name) for name in ("value", "waste"))
    rows = {}
    for name in means.index:
        gain, saved = value[PROGRAM] - value[name], waste[name] - waste[PROGRAM]
        rows[name] = [*interval(gain.to_numpy(float)), *interval(saved.to_numpy(float))]
    columns = ["gain", "low", "high", "less_waste", "less_waste_low", "less_waste_high"]
    return means.join(pd.DataFrame.from_dict(rows, orient="index", columns=columns)).loc[list(POLICIES)]


def interval(differences: Floats) -> tuple[float, float, float]:
    """Mean of paired differences, and its 95 % interval by Student's distribution."""
    mean, count = float(differences.mean()), len(differences)
    half = float(student.ppf(0.975, count - 1) * differences.std(ddof=1) / np.sqrt(count)) if count > 1 else np.inf
    return mean, mean - half, mean + half
