"""Laws of follow-on visits and shared resources."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import api
from optimizer.plan.outcome import Outcome
from optimizer.scenario.definition import Objective
from tests.laws.markets import Market, law, markets
from tests.laws.test_program import ROUNDING, not_above, value
from tests.model.certified import solve_certified


@law
@given(markets(), st.integers(1, 500))
def test_more_minutes_never_hurt(market: Market, more: int) -> None:
    larger = market.with_column("shared_resources", "minutes_available", lambda minutes: minutes + more)
    assert not_above(value(market), value(larger))


@law
@given(markets(), st.integers(1, 500))
def test_no_minutes_are_worth_more_than_their_price_says(market: Market, more: int) -> None:
    here = solve_certified(market.scenario())
    larger = market.with_column("shared_resources", "minutes_available", lambda minutes: minutes + more)
    assert not_above(value(larger), here.objective + more * here.price_of("shared_resource").sum())


@law
@given(markets())
def test_more_who_are_led_on_never_hurt(market: Market) -> None:
    """Follow-on visits are worth something here, and nobody must see them."""
    assert not_above(value(market), value(market.with_column("care_pathways", "share", lambda share: share * 1.1)))


@law
@given(markets())
def test_a_pathway_that_nobody_follows_changes_nothing(market: Market) -> None:
    nobody = market.with_column("care_pathways", "share", lambda _: 0)
    without = market.with_rows("care_pathways", [])
    assert value(nobody) == pytest.approx(value(without), rel=ROUNDING, abs=ROUNDING)
    assert not_above(value(without), value(market))


@law
@given(markets(), st.sampled_from([objective for objective in Objective if objective is not Objective.MIN_SPEND]))
def test_nobody_from_an_ad_has_the_slot_of_a_patient_who_is_sent_on(market: Market, objective: Objective) -> None:
    """Where a follow-on visit finds no slot, no clinic that could see it has booked a new patient in that week.

    Margins are equal in some of the markets, and everybody of today's plan is there already and costs nothing. Where
    the least spend is sought, goals ask for new patients.
    """
    free = Market(market.weeks, market.budget, {**market.tables, "limits": []}, market.policies, objective.value)
    made = api.plan(free.scenario())
    for outcome in (made.outcome, made.today):
        booked = new_patients(outcome)
        ways = outcome.facts.pathways
        lost = outcome.follow_on.lost[ways.leaving]
        assert (np.where(lost > 1e-6, booked[ways.place], 0.0) <= 1e-6).all()


def new_patients(outcome: Outcome) -> np.ndarray:
    return outcome.by_visit_week(outcome.booked)
