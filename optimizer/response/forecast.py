"""Leads that a spend plan brings, week by week, from the curves themselves and not from their steps."""

from __future__ import annotations

import numpy as np

from optimizer.response.curves import Curves, curves_from_rows
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


def campaign_curves(facts: Facts) -> Curves:
    """Curve of each campaign, in the order of the facts."""
    return curves_from_rows(facts.curves)


def spend_limit(facts: Facts) -> Floats:
    """(I,) most a campaign may spend in a week as far as its curve is known: observed maximum times extrapolation."""
    observed = facts.curves["observed_max_weekly_spend"].to_numpy(float)
    return np.asarray(np.floor(observed * facts.definition.policies.extrapolation * 100 + 1e-6) / 100)


def captured_leads(facts: Facts, curves: Curves, spend: Floats) -> Floats:
    """Leads captured from the spend of each week: demand * f(spend / cost).

    Args:
        facts: The facts.
        curves: Curve of each campaign.
        spend: (I, T, ...) money per campaign and planned week.

    Returns:
        Leads of the same shape, counted at the week of the spend.
    """
    extra = (1,) * (spend.ndim - 2)
    demand, cost = (season.reshape(*season.shape, *extra) for season in (facts.demand, facts.cost))
    return np.asarray(demand * curves.leads(spend / cost))


def arriving_leads(facts: Facts, captured: Floats) -> Floats:
    """Valid leads by the week in which they arrive.

    Args:
        facts: The facts.
        captured: (I, T) leads counted at the week of the spend.

    Returns:
        (I, L) valid leads; every lead of the planned spend arrives within the L weeks.
    """
    arriving = np.zeros((captured.shape[0], facts.lead_weeks))
    for lag in range(facts.lead_share.shape[1]):
        arriving[:, lag : lag + captured.shape[1]] += captured * facts.lead_share[:, lag, None]
    return arriving * facts.valid[:, None]


def carried_leads(facts: Facts, curves: Curves) -> Floats:
    """(I, L) valid leads that still arrive from the weeks before the plan, at today's spend in a normal week."""
    before = facts.lead_share.shape[1] - 1
    normal = curves.leads(facts.current[:, None])[:, 0]
    carried = np.zeros((len(facts.current), facts.lead_weeks))
    for lag in range(1, before + 1):
        carried[:, :lag] += (normal * facts.lead_share[:, lag])[:, None]
    return carried * facts.valid[:, None]


def todays_spend(facts: Facts) -> Floats:
    """(I, T) what goes on if nothing is changed: today's spend in every planned week of the flight."""
    return np.where(facts.in_flight, facts.current[:, None], 0.0)
