"""What a spend plan that is given leads to, today's by default: nothing is optimised but how it is handled."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from optimizer.errors import Finding, VerificationError
from optimizer.model.setting import established
from optimizer.plan.check import check_given
from optimizer.plan.given_spend import given_spend
from optimizer.plan.losses import MONEY, PARTS, demand_table, money_table
from optimizer.plan.outcome import Outcome, evaluate, evaluate_given
from optimizer.plan.played import played_tables
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.plan.solving import Progress, silent
from optimizer.plan.summary import totals
from optimizer.plan.words import weeks_in_words
from optimizer.response.forecast import todays_spend
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario

_UNIT = ["location", "service_line"]


@dataclass(frozen=True)
class Evaluation:
    """A spend plan played through the scenario; leads and slots are handled as well as they can be.

    Attributes:
        scenario: What it was played in.
        outcome: What it leads to.
        tables: ``plan``, ``capacity``, ``intake``, ``leads``, ``bookings``, ``pathways``, ``follow_on``, ``resources``
            as of a plan (:mod:`optimizer.plan.tables`), ``demand`` and ``money`` (:mod:`optimizer.plan.losses`).
        broken: Limits and rules of the scenario that the spend plan does not keep, in words.
    """

    scenario: Scenario
    outcome: Outcome
    tables: Mapping[str, pd.DataFrame]
    broken: tuple[str, ...]

    @property
    def totals(self) -> dict[str, float]:
        """Spend, leads, late, lost, bookings, visits, value and more, as in a plan's summary."""
        return totals(self.outcome)

    @property
    def money(self) -> dict[str, float]:
        """What became of the money, by where it ends (:data:`optimizer.plan.losses.MONEY`); whole cents."""
        return {part: round(float(self.tables["money"][part].sum()), 2) for part in MONEY}

    @property
    def patients(self) -> dict[str, float]:
        """Patients who would ask, by where they end (:data:`optimizer.plan.losses.PARTS`)."""
        return {part: float(self.tables["demand"][part].sum()) for part in PARTS}

    @property
    def by_unit(self) -> pd.DataFrame:
        """One row per clinic and line: the parts of its patients, and as ``money_``... of its money."""
        patients = self.tables["demand"].groupby(_UNIT, sort=False)[["asked", *PARTS]].sum()
        money = self.tables["money"].groupby(_UNIT, sort=False)[["spend", *MONEY]].sum().add_prefix("money_")
        return patients.join(money).fillna(0.0).reset_index()


def evaluation(
    scenario: Scenario, spend: str | os.PathLike[str] | None = None, *, progress: Progress = silent
) -> Evaluation:
    """Play a spend plan through a scenario.

    Args:
        scenario: Where to play it.
        spend: File with the plan (:func:`optimizer.plan.given_spend.given_spend`), which keeps named goals for bookings
            and visits as far as it can; today's spend, which owes nothing to goals of a plan to be made, if absent.
        progress: Called with a sentence as each phase begins.

    Raises:
        ScenarioError: the tables contradict each other, or the spend plan is not one of the scenario.
        VerificationError: the answer failed a check.
    """
    progress("Matching the tables")
    facts = established(scenario)
    today = todays_spend(facts)
    progress("Playing the spend through the clinics")
    outcome = evaluate(facts, today) if spend is None else evaluate_given(facts, given_spend(spend, facts))
    progress("Checking the answer")
    made, broken = checked(ground_of(scenario), outcome, today)
    return Evaluation(scenario, outcome, made, _told(broken))


def checked(ground: Ground, outcome: Outcome, current: Floats) -> tuple[Mapping[str, pd.DataFrame], list[Finding]]:
    """Tables of a spend plan that was given and played, and the rules that it breaks; computed again from the tables.

    Args:
        ground: What the scenario says.
        outcome: The spend plan, played.
        current: (I, T) money that its changes are counted from.

    Raises:
        VerificationError: the answer failed a check.
    """
    made = {**played_tables(outcome, current), "demand": demand_table(outcome), "money": money_table(outcome)}
    findings, broken = check_given(ground, made, totals(outcome))
    if findings:
        raise VerificationError(findings)
    return made, broken


def _told(broken: Sequence[Finding]) -> tuple[str, ...]:
    """Broken rules in words; one that is broken alike in many weeks is told once."""
    weeks: dict[tuple[str, str], list[str]] = {}
    for finding in broken:
        weeks.setdefault((finding.place, finding.text), []).append(finding.week)
    return tuple(": ".join(filter(None, (_where(place, when), text))) for (place, text), when in weeks.items())


def _where(place: str, weeks: list[str]) -> str:
    if len(weeks) == 1:
        return ", ".join(filter(None, (place, *weeks)))
    return f"{place}, {weeks_in_words(weeks)}"
