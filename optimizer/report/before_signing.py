"""What finance should look at before a quarter is signed: soft inputs, missing owners, guesses and goals missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.lp.solution import Status
from optimizer.plan.words import Words, percent, signed
from optimizer.report.sections import Listing, made_up, words_of
from optimizer.report.sensitivity import variant_of
from optimizer.scenario.read import Scenario
from optimizer.study.quarter_files import Quarter
from optimizer.weekly.run_inputs import planned_scenario

_WHO = {"owner": "owner", "source": "source", "as_of": "date"}
"""Columns that say who answers for a row, where it comes from and when it was true, and what they are called."""
_SOFT = ("patient_value", "response_curves", "funnel", "appointment_capacity")
"""Tables on which the value of a plan rests most."""


def before_signing(quarter: Quarter) -> Listing:
    """What to check, in the order of what it may cost."""
    summary: Mapping[str, Any] = quarter.base.summary
    words = words_of(quarter.base)
    scenario = planned_scenario(quarter.base)
    points = [
        *filter(None, [made_up(quarter.base)]),
        *_not_proven(quarter, words),
        *_softest(quarter, words),
        *_guessed(summary, words),
        *_missed(summary, words),
        *_unsigned(scenario),
        f"Inputs are as of {summary['as_of']}; the first week begins on {summary['first_week']}.",
    ]
    return Listing("Before you sign", points)


def _not_proven(quarter: Quarter, words: Words) -> Iterator[str]:
    """Budgets at which a plan is not proven close to the best."""
    for budget in quarter.budgets:
        if budget.run and budget.run.manifest["status"] == Status.FEASIBLE_GAP:
            gap: Mapping[str, float] = budget.run.manifest["curve_gap"]  # type: ignore[assignment]
            yield f"At {words.money(budget.amount)} a plan that is worth {words.value(gap['gap'])} more may exist."


def _softest(quarter: Quarter, words: Words) -> Iterator[str]:
    """The input for which the kept plan loses most when it is worse than the scenario says."""
    cases = quarter.sensitivity
    if cases.empty:
        return
    worst = cases.iloc[int(cases["kept"].argmin())].to_dict()
    variant = variant_of(worst)
    at = signed(percent, variant.share - 1)
    yield f"Most hangs on the {variant.name}: at {at} this plan would be worth {words.value(worst['kept'])}."


def _guessed(summary: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Money beyond what the curves have seen."""
    amount = summary["extrapolated_spend"]
    if amount:
        share = percent(amount / summary["plan"]["spend"])
        yield f"{words.money(amount)} ({share} of the plan) lies above the highest spend that the curves have seen."


def _missed(summary: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Goals that may be missed, and are."""
    for limit in summary["limits"]:
        if limit["short_by"]:
            yield f"The goal {limit['name']} is missed by {words.quantity(limit['quantity'], limit['short_by'])}."


def _unsigned(scenario: Scenario) -> Iterator[str]:
    """Figures that nobody signed, dated or gave a source for."""
    if not scenario.definition.budget.owner:
        yield "Nobody is named who answers for the budget (budget.owner in scenario.yaml)."
    for name in _SOFT:
        table = scenario.tables[name]
        lacking = [
            f"{blank:,} without {called}"
            for column, called in _WHO.items()
            if column in table.frame and (blank := int((table.frame[column] == "").sum()))
        ]
        if lacking:
            yield f"{name}, {len(table.frame):,} rows: {', '.join(lacking)}."
