"""Hours that leads take of an intake team: shared by the limits of intake."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Positions, Term, term
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting

_ROUNDING = 1e-12


def team_labels(setting: Setting) -> Labels:
    """Every team in every lead week."""
    facts = setting.facts
    team, week = np.indices((len(facts.teams), facts.lead_weeks)).reshape(2, -1).astype(np.int64)
    levels = {"intake_team": list(facts.teams), "week": list(facts.weeks[: facts.lead_weeks])}
    return Labels(levels, (team, week))


def team_rows(setting: Setting) -> Positions:
    """(U, L) row of each unit's team in a block of all teams and lead weeks; -1 where intake is not limited."""
    facts = setting.facts
    row = facts.team[:, None] * facts.lead_weeks + np.arange(facts.lead_weeks)
    return np.where(facts.team[:, None] >= 0, row, -1)


def lead_hours(setting: Setting, row: Positions, count: int) -> tuple[list[Term], Floats]:
    """Hours of all leads: the terms, and the hours that are there whatever is spent.

    A lead counts the average hours of its unit's leads, and each campaign adds what its own leads differ from that
    average, so the sum is exact for any mix while the rows stay as short as the mix allows.

    Args:
        setting: The setting.
        row: (U, L) row that counts a unit's hours in a week; -1 where none does.
        count: Number of rows.
    """
    facts, mix = setting.facts, setting.mix
    differs = (facts.minutes / 60)[:, None] - mix.hours[facts.unit]
    differs = np.where(np.abs(differs) < _ROUNDING, 0.0, differs)
    counted = np.flatnonzero(row.ravel() >= 0)
    average = term("leads", row.ravel()[counted], counted, mix.hours.ravel()[counted])
    own = row[facts.unit]
    return [average, arrivals(setting, own, differs)], by_row(own, setting.carried * differs, count)


def missed_hours(columns: Columns, row: Positions, block: str, value: float) -> Term:
    """Hours of leads of ``block`` (late or lost), each counted as ``value``; ``row`` as in :func:`lead_hours`."""
    rows = row[columns.limited].ravel()
    return term(block, rows, np.arange(len(rows)), value)
