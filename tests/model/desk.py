"""A clinic whose intake desk is short: shared by the tests of the families of intake."""

from __future__ import annotations

from typing import Any

from optimizer.intake.capacity import intake_hours
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small

SEARCH_HOURS, SOCIAL_HOURS = 0.5, 0.25
"""Hours per lead of the two channels."""
LOST_REQUESTS = 100 / 35
"""Requests in an hour of today's leads: 400 on Search bring 40 leads, 300 on Social 60, and every lead asks. They take
40 * 0.5 + 60 * 0.25 = 35 hours."""
LATE_REQUESTS = 50 / 35
"""Requests lost with an hour of them that is answered late: half."""


def desk(*, agents: float = 3, paid_hours: float = 120, **more: Any) -> Scenario:
    """Search at 30 minutes a lead and Social at 15, both up to 1000 a week; a late lead books half as often.

    A visit is worth 100. A lead of Search costs 10, one of Social 5.
    """
    return small(
        [
            campaign("A", current_weekly_spend=400),
            campaign("B", channel="Social", current_weekly_spend=300),
        ],
        [line_curve("A", 0.1, 1000), line_curve("B", 0.2, 1000)],
        policies={"curve_steps": 1},
        tables={
            "locations": [{"location": "North", "intake_team": "Desk"}],
            "funnel": [
                {
                    "service_line": "Care",
                    "channel": channel,
                    "booking_rate": 1.0,
                    "booking_rate_late": 0.5,
                    "handling_minutes": minutes,
                }
                for channel, minutes in (("Search", 60 * SEARCH_HOURS), ("Social", 60 * SOCIAL_HOURS))
            ],
            "intake_teams": [
                {
                    "intake_team": "Desk",
                    "week": WEEKS[0],
                    "agents": agents,
                    "paid_hours": paid_hours,
                    "handling_minutes": 20,
                    **more,
                }
            ],
        },
    )


def hours_in_time(scenario: Scenario) -> float:
    """Hours of the first week in which the desk answers in time."""
    return float(intake_hours(established(scenario)).in_time[0, 0])
