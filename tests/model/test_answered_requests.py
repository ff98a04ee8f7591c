"""Nobody books whose lead is not answered: hand-worked answers, golden rows, slack, prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.model.answered_requests import answered_requests
from optimizer.scenario.read import Scenario
from tests.model.certified import price, program_of, slopes_of_row, solve_certified, spend_of, values
from tests.model.render import golden, rendered
from tests.small import WEEKS, campaign, line_curve, small


def desk(paid: float, *, today: tuple[float, float] = (1000.0, 0.0), late: float = 0.0) -> Scenario:
    """Both channels take half an hour a lead; half of Poor's leads ask for a visit, all of Rich's. 0.02 leads a dollar.

    The team has no hours in time, for its other contacts fill them (1,000 agents answer as long as they are paid).
    """
    rows = [
        campaign("poor", channel="Poor", current_weekly_spend=today[0]),
        campaign("rich", channel="Rich", current_weekly_spend=today[1]),
    ]
    funnel = [
        {
            "service_line": "Care",
            "channel": name,
            "booking_rate": rate,
            "booking_rate_late": late * rate,
            "handling_minutes": 30,
        }
        for name, rate in (("Poor", 0.5), ("Rich", 1.0))
    ]
    team: dict[str, Any] = {
        "intake_team": "Desk",
        "week": WEEKS[0],
        "agents": 1,
        "paid_hours": paid,
        "handling_minutes": 30,
    }
    return small(
        rows,
        [line_curve("poor", 0.02, 1000), line_curve("rich", 0.02, 1000)],
        tables={"locations": [{"location": "North", "intake_team": "Desk"}], "funnel": funnel, "intake_teams": [team]},
    )


def test_hand_worked() -> None:
    """The team is closed, and late leads book as well as others, so only answering at all counts: nobody books.

    An hour of today's leads (all Poor) asks for 0.5 / 0.5 = 1 visit, of Rich's leads for 1 / 0.5 = 2. 1,000 dollars on
    Rich would bring 1000 * 0.02 = 20 leads, 20 * 0.5 = 10 hours and 10 * 2 = 20 requests; ten lost hours of today's
    kind would take only 10 * 1 of them. Without this family the other 20 - 10 = 10 would book though nobody answered,
    worth 10 * 100 = 1,000 for 1,000 dollars. With it, 2 * (10 - 10) = 0 may book, and spending brings nothing.

    One more patient whose lead is answered would be worth 100, but for one whose lead was lost there is no request:
    the price is 0, as is that of one more request; only both together are worth a visit.
    """
    scenario = desk(0.0, late=1.0)
    solution = solve_certified(scenario)
    assert spend_of(solution) == {"poor": [0.0], "rich": [0.0]}
    assert solution.objective == pytest.approx(0.0, abs=1e-6)
    assert sum(values(solution, "booked").values()) == pytest.approx(0.0, abs=1e-9)
    assert api.plan(scenario).spend == 0


def test_hand_worked_with_some_hours() -> None:
    """4 paid hours, late leads book as well as others. Rich is worth 2 visits an hour: 8 leads, 400 dollars, fill them.

    More leads would be lost at one request an hour by today's mix but gain two, yet answered hours bring 2 an hour at
    most: 8 visits, 800 - 400 = 400. One more paid hour: 2 more visits for 100 more dollars: 200 - 100 = 100.
    """
    solution = solve_certified(desk(4.0, late=1.0))
    assert spend_of(solution) == {"poor": [0.0], "rich": [pytest.approx(400.0)]}
    assert solution.objective == pytest.approx(400.0)
    assert price(solution, "intake_total", intake_team="Desk", week=WEEKS[0]) == pytest.approx(100.0)


def test_golden_rows() -> None:
    assert rendered(desk(4.0), answered_requests) == golden("answered_requests")


def test_slack() -> None:
    """Where the hours suffice for every lead the row does not bind."""
    solution = solve_certified(desk(400.0, late=1.0))
    assert spend_of(solution) == {"poor": [pytest.approx(0.0)], "rich": [pytest.approx(1000.0)]}
    assert price(solution, "answered_requests", location="North", week=WEEKS[0]) == 0


def test_price_is_finite_difference() -> None:
    scenario = desk(4.0, late=1.0)
    solution = solve_certified(scenario)
    right, left = sorted(slopes_of_row(program_of(scenario), "answered_requests", 0, 0.5))
    assert right - 1e-6 <= price(solution, "answered_requests", location="North", week=WEEKS[0]) <= left + 1e-6


def test_units_whose_campaigns_are_alike_have_no_row() -> None:
    scenario = desk(4.0)
    scenario.tables["funnel"].frame["booking_rate"] = 0.5
    assert not program_of(scenario).has_rows("answered_requests")


def test_any_spend_can_be_played_with_a_closed_team() -> None:
    from optimizer.model.setting import established
    from optimizer.plan.outcome import evaluate

    facts = established(desk(0.0))
    for spend in ((0.0, 0.0), (1000.0, 0.0), (0.0, 1000.0), (300.0, 700.0)):
        outcome = evaluate(facts, np.array(spend)[:, None])
        assert outcome.booked.sum() == pytest.approx(0.0, abs=1e-9)
        assert outcome.lost.sum() == pytest.approx(outcome.arriving.sum())
