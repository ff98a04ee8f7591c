"""Among plans that are worth the same, the one closest to today's spend."""

from __future__ import annotations

import numpy as np

from optimizer.lp.program import Program
from optimizer.model.setting import Setting
from optimizer.response.forecast import todays_spend
from optimizer.scenario.match import Floats

SHARE_OF_TOLERANCE = 0.1
"""Part of the tolerance of the proof that the preference may use up, over all the money that could move."""


def towards_today(setting: Setting, program: Program, tolerance: float) -> Floats:
    """(columns,) worth with a slight preference for today's spend, so that equal worth moves no money.

    Steps of a curve meet at today's spend (to the cent), so each lies below or above it: money below is preferred,
    money above is shunned, by so little that all of it together stays within the tolerance.

    Args:
        setting: The planning setting that the program was stated from.
        program: The program.
        tolerance: Units of the objective within which plans count as worth the same.
    """
    steps, worth = setting.steps, program.worth.copy()
    movable = float(steps.width.sum())
    if movable:
        today = todays_spend(setting.facts)[steps.campaign, steps.week]
        kept = np.where(steps.start + steps.width / 2 < today, 1.0, -1.0)
        worth[program.column_slice("spend")] += SHARE_OF_TOLERANCE * tolerance / movable * kept
    return worth
