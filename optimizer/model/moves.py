"""Moves of a campaign's spend from one week to the next: which count, and how they are made of steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import Labels, Positions, Term, term
from optimizer.model.setting import Setting
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats

UP, DOWN = 0, 1


@dataclass(frozen=True)
class Moves:
    """The campaign-weeks whose spend is compared with the week before.

    A week in which a gate closes a campaign (outside its flight, in a blackout, not ready ...) is no move of the plan,
    and neither is the week in which it opens again after the plan began.

    Attributes:
        campaign: (n,) campaign of each.
        week: (n,) planned week of each.
        before: (n, 2) spend from which a first week moves up and down; 0 in later weeks, which move from the week
            before. Down from no more than a gate's ceiling: the gate's own cut is no move of the plan.
    """

    campaign: Positions
    week: Positions
    before: Floats


def moves(facts: Facts) -> Moves:
    """Every move that the plan may make."""
    runs = facts.in_flight & ~facts.gates.closed
    ran = np.hstack([np.ones((len(runs), 1), dtype=bool), runs[:, :-1]])
    campaign, week = (position.astype(np.int64) for position in np.nonzero(runs & ran))
    first = (week == 0)[:, None]
    start = np.stack([facts.current[campaign], facts.start[campaign]], axis=1)
    return Moves(campaign, week, np.where(first, start, 0.0))


def no_moves() -> Moves:
    """Where moves are neither limited nor counted."""
    nothing = np.empty(0, dtype=np.int64)
    return Moves(nothing, nothing, np.empty((0, 2)))


def move_labels(facts: Facts, counted: Moves) -> Labels:
    """Labels of two rows per move: up, then down."""
    levels = {
        "campaign": facts.campaign_names,
        "week": list(facts.weeks[: facts.planned]),
        "direction": ["up", "down"],
    }
    direction = np.tile([UP, DOWN], len(counted.campaign))
    return Labels(levels, (np.repeat(counted.campaign, 2), np.repeat(counted.week, 2), direction))


def move_terms(setting: Setting, counted: Moves, share: float) -> list[Term]:
    """Spend of a week less (1 + share) of the week before, in the rows up; the reverse with (1 - share), down.

    Args:
        setting: The setting.
        counted: The moves, two rows each.
        share: Part of the week before by which spend may move without being counted.
    """
    facts, steps = setting.facts, setting.steps
    row = np.full((*facts.floor.shape, 2), -1)
    row[counted.campaign, counted.week, UP] = 2 * np.arange(len(counted.campaign))
    row[counted.campaign, counted.week, DOWN] = 2 * np.arange(len(counted.campaign)) + 1
    last = facts.planned - 1
    now = row[steps.campaign, steps.week]
    after = row[steps.campaign, np.minimum(steps.week + 1, last)]
    after[steps.week == last] = -1
    terms = []
    for rows, value in (
        (now[:, UP], 1.0),
        (after[:, UP], -(1 + share)),
        (now[:, DOWN], -1.0),
        (after[:, DOWN], 1 - share),
    ):
        named = np.flatnonzero(rows >= 0)
        terms.append(term("spend", rows[named], named, value))
    return terms
