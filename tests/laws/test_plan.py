"""Laws of the finished plan, through the public interface: refined, rounded to cents, leads counted by the curves."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer import api
from optimizer.intake.capacity import intake_hours
from optimizer.model.columns import columns
from optimizer.model.downstream import first_in_ties
from optimizer.model.setting import established, planning
from optimizer.plan.check import check_plan
from optimizer.plan.outcome import evaluate, evaluate_recommended, is_allowed
from optimizer.plan.summary import totals
from optimizer.response.forecast import spend_limit, todays_spend
from optimizer.scenario.definition import Objective
from tests.laws.markets import Market, Row, few, law, markets
from tests.small import campaign, line_curve, small

CHORD_ERROR = 1e-3
"""A plan made with straight steps is at most this share of its gross worth below the best on the curves."""


@few
@given(markets(), st.integers(0, 1000))
def test_order_of_rows_changes_nothing(market: Market, seed: int) -> None:
    """The table of the plan is the same to the byte, and so is every price."""

    def shuffled(rows: Sequence[Row]) -> list[Row]:
        return random.Random(seed).sample(rows, len(rows))

    mixed = Market(
        market.weeks,
        market.budget,
        {name: shuffled(rows) for name, rows in market.tables.items()},
        market.policies,
    )
    one, other = api.plan(market.scenario()), api.plan(mixed.scenario())
    assert one.frame().to_csv() == other.frame().to_csv()
    assert one.prices.to_csv() == other.prices.to_csv()


@few
@given(markets())
def test_playing_the_plan_is_worth_the_plan(market: Market) -> None:
    """Its spend, given to the clinics as any spend would be, brings its value; limits on outcomes can only cost."""
    free = market.with_rows("limits", [row for row in market.tables["limits"] if row["quantity"].startswith("spend")])
    made = api.plan(free.scenario())
    again = evaluate(made.facts, made.outcome.spend)
    assert again.value == pytest.approx(made.value, rel=1e-9, abs=1e-6)


@few
@given(markets())
def test_steps_never_promise_more_than_the_curves(market: Market) -> None:
    """The program's value, by chords, is just below the plan's, by curves; rounding moves a cent per row.

    What the program is charged for counting lost leads as unlikely to ask is no money of the plan's, nor is what puts
    follow-on visits first in ties. A lead of a lesser channel is charged also where it finds no slot, so both are
    compared before those charges.
    """
    made = api.plan(market.scenario())
    charged = ("lost_unlikely", "channel_discount")
    charges = sum(made.solution.program.column_block(name).worth @ made.solution.of(name) for name in charged)
    stated, ties = columns(planning(made.facts)), first_in_ties(made.facts)
    first = ties[stated.downstream_way] @ made.solution.of("downstream")
    promised, cents = made.solution.objective - charges - first, 0.01 * len(made.frame())
    discount = made.outcome.channel_discount.sum()
    assert promised <= made.value + discount + cents
    assert made.value + discount <= promised + CHORD_ERROR * (made.outcome.gross + discount) + cents


@law
@given(markets(), st.sampled_from([lens for lens in Objective if lens is not Objective.MIN_SPEND]))
def test_every_plan_passes_its_checks(market: Market, objective: Objective) -> None:
    """Spending nothing is always allowed here, so there is a plan; none is handed out that fails a check.

    Nor is it worth less than today's spend under the same limits on bookings and visits, where that is allowed.
    """
    made = api.plan(replace(market, objective=objective.value).scenario())
    assert check_plan(made.scenario, made.tables, totals(made.outcome)) == []
    if is_allowed(made.facts, made.today.spend):
        kept = evaluate_recommended(made.facts, made.today.spend)
        assert made.value >= kept.value - max(1.0, CHORD_ERROR * kept.gross)


@few
@given(markets(), st.floats(0.3, 0.95))
def test_the_least_spend_reaches_the_goal_and_is_not_above_a_plan_that_does(market: Market, part: float) -> None:
    """The goal is a part of the visits of the most valuable plan, so that plan reaches it."""
    valuable = api.plan(market.scenario())
    visits = float(valuable.outcome.visits.sum())
    goal = {"limit": "goal", "quantity": "visits", "min": max(part * visits, 0.01)}
    assume(visits > 0.1)
    seeking = replace(market.with_rows("limits", [*market.tables.get("limits", []), goal]), objective="min_spend")
    made = api.plan(seeking.scenario())
    assert check_plan(made.scenario, made.tables, totals(made.outcome)) == []
    assert made.outcome.visits.sum() >= part * visits * (1 - 1e-6)
    assert made.spend <= valuable.spend * (1 + CHORD_ERROR) + 1.0


@law
@given(markets(), st.integers(0, 1000))
def test_every_spend_plan_can_be_played(market: Market, seed: int) -> None:
    """Whatever is spent, its leads are answered, late or lost, and no more hours are worked than are paid or bought."""
    facts = established(market.scenario())
    shares = np.random.default_rng(seed).integers(0, 3, facts.in_flight.shape) / 2
    played = evaluate(facts, shares * np.minimum(spend_limit(facts)[:, None], facts.ceiling))
    left = played.hours - played.late_hours - played.lost_hours
    assert left.min() >= -1e-6
    limited = np.flatnonzero(facts.team >= 0)
    worked = np.zeros((len(facts.teams), facts.lead_weeks))
    np.add.at(worked, facts.team[limited], (played.hours - played.lost_hours)[limited])
    assert (worked <= intake_hours(facts).paid + played.overflow + 1e-6).all()
    assert (played.overflow <= facts.staffing.overflow_hours + 1e-6).all()


@law
@given(markets(), st.integers(2, 50))
def test_the_same_spend_brings_as_much_more_as_its_patients_are_worth(market: Market, times: int) -> None:
    rich = market.with_column("patient_value", "ltv_margin", lambda worth: worth * times)
    rich = rich.with_column("care_pathways", "margin", lambda worth: worth * times)
    facts, richer = established(market.scenario()), established(rich.scenario())
    spend = todays_spend(facts)
    assert evaluate(richer, spend).gross == pytest.approx(times * evaluate(facts, spend).gross, rel=1e-7, abs=1e-6)


@few
@given(markets())
def test_the_plan_is_not_below_today(market: Market) -> None:
    """Whoever spends today's money and is free to spend it otherwise does not end up with less."""
    rich = market.with_rows("limits", []).with_budget(1e6)
    made = api.plan(rich.scenario())
    assume((made.today.spend <= made.facts.ceiling).all())
    assert made.value >= made.today.value - CHORD_ERROR * made.today.gross


@pytest.mark.parametrize("quantity", ["bookings", "visits", "leads"])
def test_a_limit_that_today_passes_is_kept(quantity: str) -> None:
    """Today's 500 bring 50 patients, 10 are allowed: the plan buys 10 for 100, however much more today is worth."""
    limit = {"limit": "Few", "quantity": quantity, "max": 10}
    rows = [campaign("A", current_weekly_spend=500)]
    made = api.plan(small(rows, [line_curve("A", 0.1, 1000)], tables={"limits": [limit]}))
    assert made.spend == pytest.approx(100, abs=0.01)
    assert made.value == pytest.approx(900, abs=0.1)
    assert made.today.value == pytest.approx(4500)


@few
@given(markets(clinics=("North",), most_campaigns=3))
def test_no_plan_of_a_grid_is_better(market: Market) -> None:
    """Every mix of five spends of each campaign in one week, played on the curves, within the budget."""
    one_week = Market(1, max(market.budget, 300.0), {**market.tables, "limits": []}, market.policies)
    made = api.plan(one_week.scenario())
    facts = established(one_week.scenario())
    most = np.minimum(facts.ceiling[:, 0], 800.0)
    best = max(
        evaluate(facts, spend).value
        for shares in itertools.product(np.linspace(0, 1, 5), repeat=len(most))
        if (spend := (np.array(shares) * most)[:, None]).sum() <= one_week.budget
    )
    assert best <= made.value + CHORD_ERROR * made.outcome.gross + 0.01


@few
@given(
    most_leads=st.integers(20, 200),
    half_spend=st.integers(200, 2000),
    worth=st.integers(30, 400),
    booking=st.sampled_from([0.2, 0.5, 1.0]),
)
def test_one_campaign_with_room_follows_the_formula(
    most_leads: int, half_spend: int, worth: int, booking: float
) -> None:
    """Worth w of L x / (k + x) less x is greatest at x = sqrt(w L k) - k, if that is above 0 and known to the curve.

    The value there is flat, so the steps cost a thousandth of it at most; the spend follows to the width of a step near
    it, 1/24 of the 20,000 that the curve knows.
    """
    per_lead = worth * booking
    curve = {"campaign": "A", "form": "michaelis_menten", "max_leads": most_leads, "half_spend": half_spend}
    made = api.plan(
        small(
            [campaign("A")],
            [{**curve, "observed_max_weekly_spend": 20_000}],
            tables={
                "funnel": [{"service_line": "Care", "channel": "Search", "booking_rate": booking}],
                "patient_value": [{"service_line": "Care", "first_visit_margin": 1, "ltv_margin": worth}],
            },
        )
    )
    spend = min(max(math.sqrt(per_lead * most_leads * half_spend) - half_spend, 0.0), 20_000.0)
    gross = per_lead * most_leads * spend / (half_spend + spend)
    assert made.spend == pytest.approx(spend, abs=20_000 / 24)
    assert made.value == pytest.approx(gross - spend, abs=CHORD_ERROR * gross + 0.01)
