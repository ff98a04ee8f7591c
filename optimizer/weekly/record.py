"""What is known before a week is planned: budgets in effect, figures that were believed, and what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from optimizer.scenario.read import Scenario

SPENT = ("campaign", "week", "spend", "leads")
"""Columns of what campaigns spent and brought."""


def nothing_spent() -> pd.DataFrame:
    """Actuals before there are any."""
    return pd.DataFrame({"campaign": [], "week": [], "spend": [], "leads": []}).astype(
        {"campaign": str, "week": str, "spend": float, "leads": float}
    )


@dataclass(frozen=True)
class Known:
    """What the record knows before a week.

    Attributes:
        scenario: What was planned in the last recorded week, the budgets then as they came in; the scenario as it is
            kept where no week is recorded.
        budgets: Campaign -> weekly budget now in effect.
        weeks: Recorded week -> campaign -> budget that was in effect in it.
        spent: Believed actuals: campaign, week, spend, leads.
        counts: Believed counts of the funnel, by service line, channel, location and week.
    """

    scenario: Scenario
    budgets: Mapping[str, float]
    weeks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spent: pd.DataFrame = field(default_factory=nothing_spent)
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)

    def budgets_of(self, week: str) -> Mapping[str, float]:
        """Budgets in effect in a week: those of the last recorded week up to it; none where there is no such week."""
        recorded = [known for known in self.weeks if known <= week]
        return self.weeks[max(recorded)] if recorded else {}


def known_from(scenario: Scenario) -> Known:
    """What is known where nothing is recorded: the scenario as it is kept."""
    campaigns = scenario.tables["campaigns"].frame
    today = campaigns["current_weekly_spend"].to_numpy(float)
    return Known(scenario, dict(zip(campaigns["campaign"], today, strict=True)))
