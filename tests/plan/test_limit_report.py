"""What is told of named limits: what a goal that is missed falls short by and costs, and what a ratio reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import api
from optimizer.errors import InfeasiblePlan
from optimizer.model.setting import established
from optimizer.plan.limit_report import limit_table, penalties
from optimizer.plan.outcome import evaluate, evaluate_recommended
from optimizer.plan.planner import _gain_of_today
from optimizer.scenario.read import Scenario
from tests.small import campaign, points_curve, small


def goal(**limit: Any) -> dict[str, Any]:
    return {"limit": "Goal", "quantity": "visits", "min": 24, "owner": "COO", "reason": "promised", **limit}


def scenario(*limits: dict[str, Any], objective: str = "ltv", current: float = 0.0, **row: Any) -> Scenario:
    """1000 bring 20 patients worth 100 each; the next 1000 bring 5 more, each of whom costs 200, a loss of 100."""
    return small(
        [campaign("A", current_weekly_spend=current, **row)],
        [points_curve("A", "0:0 1000:20 2000:25", 2000)],
        objective=objective,
        tables={"limits": limits},
    )


def told(plan: api.Plan) -> dict[str, Any]:
    (row,) = plan.frame("limits").to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_a_goal_that_is_not_worth_its_price_is_missed_and_told() -> None:
    """Four more visits would lose 4 * 100; at a price of 90 they are missed for 360. The value is without it."""
    plan = api.plan(scenario(goal(price_cap=90)))
    assert (plan.spend, plan.value) == (1000, pytest.approx(1000))
    row = told(plan)
    assert (row["name"], row["quantity"], row["side"], row["weeks"]) == ("Goal", "visits", "min", "all covered weeks")
    assert (row["owner"], row["reason"], row["source"]) == ("COO", "promised", "limits:2")
    numbers = [row[name] for name in ("asked", "achieved", "shortfall", "price_cap", "penalty", "price")]
    assert numbers == pytest.approx([24, 20, 4, 90, 360, -90])
    assert plan.summary["limits"] == [
        {"name": "Goal", "quantity": "visits", "side": "min", "weeks": "all covered weeks", "windows": 1, "asked": 24.0,
         "reached": pytest.approx(20), "may_be_missed": True, "short_by": pytest.approx(4),
         "penalty": pytest.approx(360)}
    ]  # fmt: skip


def test_like_is_compared_with_like() -> None:
    """The program counts 1000 - 360, and so do its bounds: the gap is nothing, not 360."""
    plan = api.plan(scenario(goal(price_cap=90)))
    assert plan.solution.objective == pytest.approx(640)
    assert plan.certificate.bound == pytest.approx(640)
    assert plan.curve_gap.bound == pytest.approx(640)
    assert plan.curve_gap.gap == pytest.approx(0, abs=1e-3)


def test_a_goal_that_is_worth_its_price_is_met() -> None:
    """At 110 four more visits are worth their loss of 100 each: 1800, worth 2400 - 1800."""
    plan = api.plan(scenario(goal(price_cap=110)))
    assert (plan.spend, plan.value) == (1800, pytest.approx(600))
    row = told(plan)
    assert [row[name] for name in ("shortfall", "penalty", "price")] == pytest.approx([0, 0, -100])


def test_a_hard_limit_that_holds_falls_short_of_nothing() -> None:
    row = told(api.plan(scenario(goal())))
    assert (row["shortfall"], row["penalty"]) == (0, 0)
    assert np.isnan(row["price_cap"])
    assert row["achieved"] == pytest.approx(24, abs=1e-3)


def test_a_price_row_of_a_missed_goal_shows_what_there_is() -> None:
    plan = api.plan(scenario(goal(price_cap=90)))
    row = plan.prices.query("family == 'soft_limits'").iloc[0]
    assert [row[name] for name in ("limit", "used", "slack", "price")] == pytest.approx([24, 20, -4, -90])
    assert row["unit"] == "visits"


def test_a_missed_spend_goal_keeps_its_cents() -> None:
    """A goal of spend is no budget: what is missed is not rounded up to it, and what is above a most not down to it."""
    low = api.plan(scenario(goal(quantity="spend", min=1200, price_cap=0.1)))
    assert low.spend == 1000
    assert told(low)["penalty"] == pytest.approx(20)
    high = api.plan(scenario({**goal(quantity="spend", max=333.335, price_cap=0.1), "min": None}))
    assert high.spend == 1000
    assert told(high)["shortfall"] == pytest.approx(1000 - 333.335)


@pytest.mark.parametrize(("cap", "gain"), [(90, 0), (110, 40)])
def test_todays_spend_is_valued_with_the_same_penalties(cap: float, gain: float) -> None:
    """Today's 1800 keep the goal and are worth 600. 1000 are worth 1000 less 4 visits: 640 at 90, 560 at 110."""
    facts = established(scenario(goal(price_cap=cap), current=1800))
    thousand = evaluate_recommended(facts, np.array([[1000.0]]))
    assert penalties(thousand) == pytest.approx(4 * cap)
    today = evaluate(facts, np.array([[1800.0]]))
    assert max(_gain_of_today(thousand, today), 0.0) == pytest.approx(gain, abs=1e-6)


def test_a_conflict_offers_no_goal_that_may_be_missed() -> None:
    """A floor of 3000 is above what the budget allows; the dear goal has no part in it and no part in the way out."""
    floor = goal(limit="Floor", quantity="spend", min=1900)
    cap = goal(limit="Cap", quantity="spend", min=None, max=1500)
    dear = goal(limit="Dear goal", quantity="leads", min=None, max=10, price_cap=1e5)
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario(floor, cap, dear))
    said = str(caught.value)
    assert "'Floor'" in said
    assert "'Cap'" in said
    assert "Dear goal" not in said
    assert "shortfall" not in said
    assert [gift.amount for gift in caught.value.alone] == pytest.approx([400, 400])


def test_the_end_of_a_curve_in_conflict_is_not_taken_for_a_shortfall() -> None:
    """The curve knows 2000, the floor asks for 2500: with a soft most on top, both are still named."""
    floor = goal(limit="Floor", quantity="spend", min=2500)
    soft = goal(limit="Soft", quantity="spend", min=None, max=100, price_cap=5)
    with pytest.raises(InfeasiblePlan) as caught:
        api.plan(scenario(floor, soft))
    assert "the response curves are known for" in str(caught.value)
    assert "shortfall" not in str(caught.value)


def test_a_cost_per_visit_that_binds_holds_to_the_cent() -> None:
    """50 per visit for the first 20, 200 for more; at most 60: 1000 + s <= 60 * (20 + s / 200), so s = 200 / 0.7."""
    row = {**goal(quantity="cac", max=60), "min": None}
    wanted = 1000 + 200 / 0.7
    held = scenario(row, objective="visits")
    plan = api.plan(held)
    assert plan.spend == pytest.approx(wanted, abs=0.011)
    reached = told(plan)
    assert reached["achieved"] == pytest.approx(60, rel=1e-5)
    assert reached["shortfall"] == 0
    assert reached["meaning"].startswith("one more unit of money of room in limit 'Goal'")
    assert plan.prices.query("family == 'ratio_limits'").iloc[0]["unit"] == "money"
    assert plan.frame("plan")["reason_code"].tolist() == ["limit"]


def test_a_ratio_to_nothing_is_no_number() -> None:
    """Nothing is spent, so there is no visit: the limit holds, and no number is made up for it."""
    row = {**goal(quantity="cac", max=60), "min": None}
    made = small([campaign("A")], [points_curve("A", "0:0 1000:5", 1000)], tables={"limits": [row]})
    plan = api.plan(made)
    assert plan.spend == 0
    assert np.isnan(told(plan)["achieved"])
    (shown,) = plan.summary["limits"]  # type: ignore[misc]
    assert shown["reached"] is None


def test_the_table_has_a_row_for_each_side_and_week() -> None:
    rows = [goal(per="week", max=30, price_cap=90)]
    plan = api.plan(small(
        [campaign("A")], [points_curve("A", "0:0 1000:20 2000:25", 2000)], weeks=2, tables={"limits": rows}
    ))  # fmt: skip
    table = limit_table(plan.outcome, plan.solution)
    pd.testing.assert_frame_equal(table, plan.frame("limits"))
    assert table[["side", "weeks"]].to_numpy().tolist() == [
        ["min", "the week of 2026-01-05"],
        ["max", "the week of 2026-01-05"],
        ["min", "the week of 2026-01-12"],
        ["max", "the week of 2026-01-12"],
    ]
    assert table["shortfall"].tolist() == pytest.approx([4, 0, 4, 0])
