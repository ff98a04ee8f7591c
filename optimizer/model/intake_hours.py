"""Hours that leads take of an intake team: shared by the two limits of intake."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Positions, Term, term
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns
from optimizer.model.setting import Setting


def team_labels(setting: Setting) -> Labels:
    """Every team in every lead week."""
    facts = setting.facts
    team, week = np.indices((len(facts.teams), facts.lead_weeks)).reshape(2, -1).astype(np.int64)
    levels = {"intake_team": list(facts.teams), "week": list(facts.weeks[: facts.lead_weeks])}
    return Labels(levels, (team, week))


def lead_hours(setting: Setting, columns: Columns) -> tuple[list[Term], Floats]:
    """Hours of all leads by team and week: the terms, and the hours that are there whatever is spent.

    A lead counts the average hours of its unit's leads, and each campaign adds what its own leads differ from that
    average, so the sum is exact for any mix while the rows stay as short as the mix allows.
    """
    facts, mix = setting.facts, setting.mix
    team = facts.team[facts.unit]
    weeks = np.arange(facts.lead_weeks)
    row = np.where(team[:, None] >= 0, team[:, None] * facts.lead_weeks + weeks, -1)
    differs = (facts.minutes / 60)[:, None] - mix.hours[facts.unit]
    differs = np.where(np.abs(differs) < 1e-12, 0.0, differs)
    average = term("leads", *_unit_positions(setting, columns), mix.hours[columns.limited].ravel())
    count = len(facts.teams) * facts.lead_weeks
    return [average, arrivals(setting, row, differs)], by_row(row, setting.carried * differs, count)


def spared_hours(setting: Setting, columns: Columns, block: str) -> Term:
    """Hours that the team is spared by leads of ``block`` (late or lost)."""
    rows, _ = _unit_positions(setting, columns)
    return term(block, rows, np.arange(len(rows)), -setting.mix.hours[columns.limited].ravel())


def _unit_positions(setting: Setting, columns: Columns) -> tuple[Positions, Positions]:
    """Row of the team, and position in blocks of all units, for each limited unit and lead week."""
    facts = setting.facts
    weeks = np.arange(facts.lead_weeks)
    rows = (facts.team[columns.limited][:, None] * facts.lead_weeks + weeks).ravel()
    places = (columns.limited[:, None] * facts.lead_weeks + weeks).ravel()
    return rows, places
