"""The independent check of plans that are played but not explained: other plans in other worlds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import VerificationError
from optimizer.lp.solution import Solution
from optimizer.plan import tables
from optimizer.plan.check import check_on
from optimizer.plan.held_back import gate_table
from optimizer.plan.limit_report import limit_table
from optimizer.plan.outcome import Outcome
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.summary import totals
from optimizer.scenario.match import Floats


def check_played(ground: Ground, outcome: Outcome, solution: Solution) -> None:
    """Refuse a plan that fails the independent check.

    Args:
        ground: What the scenario says in which it was played.
        outcome: The plan.
        solution: Any solution of the same limits; only their names are taken from it.

    Raises:
        VerificationError: with what does not hold.
    """
    made = played_tables(outcome, outcome.spend)
    kept = {"limits": limit_table(outcome, solution), "gates": gate_table(outcome.facts)}
    findings = check_on(ground, {**made, **kept}, totals(outcome))
    if findings:
        raise VerificationError(findings)


def played_tables(outcome: Outcome, current: Floats) -> Mapping[str, pd.DataFrame]:
    """The tables of a plan that nobody asks the price of.

    Args:
        outcome: The plan.
        current: (I, T) money that its changes are counted from.
    """
    facts = outcome.facts
    return {
        "plan": tables.campaign_table(outcome, current),
        "capacity": tables.capacity_table(outcome, np.zeros_like(facts.slots)),
        "intake": tables.intake_table(outcome, np.zeros_like(outcome.overflow)),
        "leads": tables.lead_table(outcome),
        "bookings": tables.booking_table(outcome),
        "pathways": tables.pathway_table(outcome),
        "follow_on": tables.follow_on_table(outcome),
        "resources": tables.resource_table(outcome, np.zeros_like(facts.resources.left)),
    }
