"""The average lead that stands for whoever is late or lost, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.model.setting import LeadMix, established, planning, refined
from optimizer.plan.outcome import evaluate
from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small

SEARCH, SOCIAL = 0.5, 0.25
"""Hours per lead."""


def scenario(
    *, today: tuple[float, float] = (400, 300), hours: tuple[float, float] = (SEARCH, SOCIAL), **desk: Any
) -> Scenario:
    """Half of Search's leads come a week after the spend, all of Social's at once; every lead asks, late 0.4 of them.

    A unit of money brings 0.1 leads on Search and 0.2 on Social, up to 1000 a week. A visit is worth 100. Any wait
    meets the service level, so all paid hours are hours in time.
    """
    channels = dict(zip(("Search", "Social"), hours, strict=True))
    return small(
        [
            campaign("A", current_weekly_spend=today[0]),
            campaign("B", channel="Social", current_weekly_spend=today[1]),
        ],
        [line_curve("A", 0.1, 1000), line_curve("B", 0.2, 1000)],
        policies={"curve_steps": 1, "service_level": {"share": 0.5, "seconds": 1e12}},
        tables={
            "locations": [{"location": "North", "intake_team": "Desk"}],
            "channels": [
                {"channel": "Search", "lead_share_week_0": 0.5, "lead_share_week_1": 0.5},
                {"channel": "Social", "lead_share_week_0": 1.0},
            ],
            "funnel": [
                {
                    "service_line": "Care",
                    "channel": channel,
                    "booking_rate": 1.0,
                    "booking_rate_late": 0.4,
                    "handling_minutes": 60 * each,
                }
                for channel, each in channels.items()
            ],
            "intake_teams": [
                {
                    "intake_team": "Desk",
                    "week": week,
                    "agents": 3,
                    "paid_hours": 120,
                    "handling_minutes": 20,
                    **desk,
                }
                for week in WEEKS[:2]
            ],
        },
    )


def mix_of(given: Scenario) -> LeadMix:
    return planning(established(given)).mix


def test_leads_under_way_count_where_they_ask_for_less() -> None:
    """Week 1: 40 leads of Search, half of them from the week before, and 60 of Social; week 2: 20 of Search.

    Week 1: 100 leads in 40 * 0.5 + 60 * 0.25 = 35 hours, so 0.35 hours each and 100 / 35 requests an hour. The 20 leads
    under way take 20 * 0.5 = 10 hours: 20 / 10 = 2 requests an hour is less, so an hour of lost leads loses 2; an hour
    of late ones loses 0.6 of today's 100 / 35. Week 2: none is under way; 0.5 hours each, 2 requests an hour.
    The leads least likely to ask are those of Search, 2 an hour, those most likely Social's, 1 / 0.25 = 4.
    """
    mix = mix_of(scenario())
    assert mix.hours[0] == pytest.approx([0.35, 0.5])
    assert mix.lost_requests[0] == pytest.approx([2, 2])
    assert mix.late_requests[0] == pytest.approx([60 / 35, 1.2])
    assert mix.least_requests[0] == pytest.approx([2, 2])
    assert mix.most_requests[0] == pytest.approx(4)


def test_todays_leads_count_where_they_ask_for_less() -> None:
    """Search takes a quarter of an hour and Social half of one.

    Week 1: 100 leads in 40 * 0.25 + 60 * 0.5 = 40 hours, 2.5 requests an hour; the leads under way would lose
    1 / 0.25 = 4. Week 2: 20 of Search, 4 an hour. Late leads lose 0.6 of that. Social's 2 an hour are the least.
    """
    mix = mix_of(scenario(hours=(0.25, 0.5)))
    assert mix.hours[0] == pytest.approx([0.4, 0.25])
    assert mix.lost_requests[0] == pytest.approx([2.5, 4])
    assert mix.late_requests[0] == pytest.approx([1.5, 2.4])
    assert mix.least_requests[0] == pytest.approx([2, 2])


def test_todays_leads_count_where_none_is_under_way() -> None:
    """Today only Social spends, 60 leads in 60 * 0.25 = 15 hours, 4 requests an hour; all come at once.

    In week 2 no lead comes, so the campaigns count alike: 2 requests in 0.5 + 0.25 = 0.75 hours.
    """
    mix = mix_of(scenario(today=(0, 300)))
    assert mix.lost_requests[0] == pytest.approx([60 / 15, 2 / 0.75])
    assert mix.late_requests[0] == pytest.approx([0.6 * 60 / 15, 0.6 * 2 / 0.75])


def test_campaigns_count_alike_where_no_lead_comes_today() -> None:
    """Two leads in 0.75 hours: 0.375 hours each, 2 / 0.75 requests an hour."""
    mix = mix_of(scenario(today=(0, 0)))
    assert mix.hours[0] == pytest.approx([0.375, 0.375])
    assert mix.lost_requests[0] == pytest.approx([2 / 0.75, 2 / 0.75])


def test_leads_without_hours_lose_nothing() -> None:
    """Social's leads take no time. Week 1: 100 leads in 20 hours are 5 requests an hour, Search's under way only 2.

    Search's leads take no time. Week 1: 100 leads in 60 * 0.25 = 15 hours; those under way take none, so there is no
    hour of theirs to ask for less. Week 2: only leads without hours come, so campaigns count alike, 2 requests in 0.25
    hours. Social's own 1 / 0.25 = 4 are the least.

    Where no lead takes time, there is no hour to be late.
    """
    social = mix_of(scenario(hours=(SEARCH, 0)))
    assert social.lost_requests[0] == pytest.approx([2, 2])
    assert social.least_requests[0] == pytest.approx([2, 2])
    search = mix_of(scenario(hours=(0, SOCIAL)))
    assert search.lost_requests[0] == pytest.approx([100 / 15, 2 / 0.25])
    assert search.least_requests[0] == pytest.approx([4, 4])
    none = mix_of(scenario(hours=(0, 0)))
    assert none.lost_requests[0] == pytest.approx([0, 0])
    assert none.least_requests[0] == pytest.approx([0, 0])
    assert none.most_requests[0] == 0


def test_spending_nothing_loses_no_more_requests_than_there_are() -> None:
    """360 contacts of 20 minutes are all 120 paid hours: every lead is lost.

    50 leads of Search are under way from today's 1000, in 25 hours. An hour of today's mix, 100 leads of Search and 200
    of Social in 100 hours, would lose 3 requests and 25 hours 75; those under way lose 25 * 2 = 50, just what there is.
    No hour has to count as unlikely, which would be charged: the program is worth 0.
    """
    facts = established(scenario(today=(1000, 1000), baseline_contacts=360))
    outcome = evaluate(facts, np.zeros((2, 1)))
    assert outcome.lost[0] == pytest.approx([50, 0])
    assert outcome.booked.sum() == pytest.approx(0, abs=1e-6)
    assert outcome.certificate.objective == pytest.approx(0, abs=1e-3)
    assert outcome.value == 0


def test_answered_hours_of_leads_under_way_book() -> None:
    """330 contacts leave 10 of the 120 hours for Search's 25: 15 hours are lost at 2 requests each, 30 of 50.

    The other 20 book, as many as 10 hours of Search bring.
    """
    facts = established(scenario(today=(1000, 1000), baseline_contacts=330))
    outcome = evaluate(facts, np.zeros((2, 1)))
    assert outcome.lost_hours[0] == pytest.approx([15, 0], abs=1e-6)
    assert outcome.late_hours[0] == pytest.approx([0, 0], abs=1e-6)
    assert outcome.booked.sum() == pytest.approx(20, abs=1e-4)


def test_everything_lost_of_a_poorer_mix_can_be_played() -> None:
    """All hours are taken, as above. Today only Social spends; the plan spends 1000 on Search: 50 leads in each week.

    Week 1: an hour of today's leads loses 4 requests, the 25 hours would lose 100, more than the 50 there are. So all
    25 count as those of Search, 2 an hour: x lost and 25 - x unlikely hours lose 4 x + 2 (25 - x) = 50 + 2 x <= 50.
    Week 2: no lead comes today, and campaigns alike lose 2 / 0.75 = 8 / 3 an hour; again all 25 are unlikely.
    For each request less the program is charged twice the 100 that it is worth: 25 * (4 - 2) * 200 = 10000 and
    25 * (8 / 3 - 2) * 200 = 10000 / 3. That is no money: the value is the 1000 spent.
    """
    facts = established(scenario(today=(0, 1000), baseline_contacts=360))
    outcome = evaluate(facts, np.array([[1000.0], [0.0]]))
    assert outcome.lost[0] == pytest.approx([50, 50])
    assert outcome.certificate.objective == pytest.approx(-1000 - 10000 - 10000 / 3)
    assert outcome.value == pytest.approx(-1000)


def test_no_hour_is_unlikely_where_a_booking_is_made() -> None:
    """As above, but 315 contacts leave 15 of the 120 hours, so 10 of Search's 25 are lost in each week.

    Week 1: 10 hours lose 40 of 50 requests, 10 book; week 2: they lose 80 / 3, 70 / 3 book. Counted as Search's own,
    2 an hour, they would lose 20 and leave 30: no plan may say so.
    """
    facts = established(scenario(today=(0, 1000), baseline_contacts=315))
    outcome = evaluate(facts, np.array([[1000.0], [0.0]]))
    assert outcome.lost_hours[0] == pytest.approx([10, 10], abs=1e-6)
    assert outcome.late_hours[0] == pytest.approx([0, 0], abs=1e-6)
    assert outcome.booked[0].sum(axis=1) == pytest.approx([10, 70 / 3], abs=1e-4)


def test_refining_leaves_the_mix_as_it_is() -> None:
    """Finer steps change where the curves are cut, not what is known of today: the mix of either plan is the same."""
    setting = planning(established(scenario()))
    spend = np.array([[200.0], [700.0]])
    finer = refined(setting, spend, spend, 1)
    assert finer.mix.lost_requests[0] == pytest.approx([2, 2])
    assert finer.mix.late_requests[0] == pytest.approx([60 / 35, 1.2])
    assert len(finer.steps.width) > len(setting.steps.width)
