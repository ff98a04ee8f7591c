"""No rule chooses between patients: nothing that books them knows where they come from or what they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.model.columns import columns
from optimizer.model.setting import established, planning
from tests.care import SCANS, THERAPY, WORTH, care, slots
from tests.small import campaign

NEIGHBOURS = [{"location": place, "market": "M"} for place in ("North", "South")]
SHOWS = [
    {"service_line": line, "weeks_waited": wait, "kept_share": 1 - 0.2 * wait, "show_rate": 0.9 - 0.1 * wait}
    for line in ("Ortho", "Scan")
    for wait in range(3)
]


def two_clinics(**more: Any) -> Any:
    """Two clinics that redirect to each other, two channels, and scans that come from campaigns and from pathways.

    South's orthopaedics has no campaign on Search, whose patients are worth more.
    """
    asked = [
        campaign(f"{place} {line} {channel}", location=place, line=line, channel=channel)
        for place in ("North", "South")
        for line in ("Ortho", "Scan")
        for channel in ("Search", "Social")
        if (place, line, channel) != ("South", "Ortho", "Search")
    ]
    lines = ("Ortho", "Scan", "Therapy")
    given = care(
        pathways=[{**SCANS, "location_rule": "market"}, THERAPY],
        campaigns=asked,
        weeks=2,
        tables={
            "locations": NEIGHBOURS,
            "show_rates": SHOWS,
            "channels": [{"channel": "Search"}, {"channel": "Social", "value_multiplier": 0.5}],
            "redirects": [
                {"from_location": here, "to_location": there, "acceptance_rate": 0.5}
                for here, there in (("North", "South"), ("South", "North"))
            ],
            "appointment_capacity": [
                row for place in ("North", "South") for line in lines for row in slots(line, 20, location=place)
            ],
            "patient_value": [{"service_line": line, **WORTH} for line in ("Ortho", "Scan")],
        },
        **more,
    )
    return planning(established(given))


OBJECTIVES = pytest.mark.parametrize("objective", ["ltv", "first_visit_margin", "visits", "bookings"])


def test_what_books_patients_knows_no_campaign_and_no_channel() -> None:
    blocks = {block.name: set(block.labels.levels) for block in columns(two_clinics()).blocks()}
    for name in ("leads", "requests", "late", "lost", "lost_unlikely", "booked", "downstream"):
        assert not blocks[name] & {"campaign", "channel"}, name
    assert blocks["spend"] == {"campaign", "week", "step"}


@OBJECTIVES
def test_a_booking_is_worth_the_same_whoever_asked(objective: str) -> None:
    """Of one clinic and line, the week of the visit and the wait."""
    stated = columns(two_clinics(objective=objective))
    seen = np.stack([stated.booked_unit, stated.booked_week + stated.booked_wait, stated.booked_wait])
    _, kind = np.unique(seen, axis=1, return_inverse=True)
    for one in range(int(kind.max()) + 1):
        assert np.ptp(stated.booked.worth[kind.ravel() == one]) == 0


@OBJECTIVES
def test_a_follow_on_visit_is_worth_the_same_whoever_is_sent_and_no_less_than_a_new_patients(objective: str) -> None:
    setting = two_clinics(objective=objective)
    facts, stated = setting.facts, columns(setting)
    place = facts.pathways.place[stated.downstream_way]
    for unit in np.unique(place):
        worth = stated.downstream.worth[place == unit]
        assert np.ptp(worth) == 0
        assert (stated.booked.worth[stated.booked_unit == unit] < worth[0]).all()
