"""The chain of like clinics: what the scenario's README tells is what a plan of it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import api
from optimizer.plan.planner import Plan
from scenarios import vision_chain_generator as generator

SHARES = ((7, 1.0), (14, 0.7), (28, 0.4), (float("inf"), 0.0))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(generator.FOLDER)


def test_the_folder_is_what_the_generator_writes(tmp_path: Path) -> None:
    generator.write(tmp_path)
    for path in tmp_path.iterdir():
        assert (generator.FOLDER / path.name).read_bytes() == path.read_bytes(), path.name


def test_there_are_forty_like_clinics_with_one_line(plan: Plan) -> None:
    assert len(plan.facts.units) == 40
    assert set(plan.facts.units["service_line"]) == {"Eye exam"}
    assert len(plan.facts.campaigns) == 120


def test_no_campaign_spends_more_than_its_tier(plan: Plan) -> None:
    """The share of a campaign's own most follows from the days to its clinic's third next open slot."""
    rows = generator.campaign_rows(generator.clinics(generator.np.random.default_rng(generator.SEED)))
    own = {str(row["campaign"]): float(row["max_weekly_spend"]) for row in rows}
    capacity = plan.frame("capacity").drop_duplicates("location").set_index("location")["third_next_available_days"]
    most_of_tiers = set()
    for (campaign, location), weeks in plan.frame().groupby(["campaign", "location"]):
        share = next(share for days, share in SHARES if capacity[location] <= days)
        most_of_tiers.add(share)
        assert weeks["recommended_spend"].max() <= share * own[str(campaign)] + 0.01
    assert most_of_tiers == {1.0, 0.7, 0.4, 0.0}


def test_tiers_have_a_price(plan: Plan) -> None:
    (held,) = plan.summary["held_back"]  # type: ignore[misc]
    assert held["code"] == "tier"
    assert held["blocked"] > 10_000


def test_money_moves_to_the_clinics_with_room(plan: Plan) -> None:
    spend = plan.frame().groupby("location")[["current_spend", "recommended_spend"]].sum()
    days = plan.frame("capacity").drop_duplicates("location").set_index("location")["third_next_available_days"]
    change = spend["recommended_spend"] / spend["current_spend"] - 1
    assert change[days <= 7].mean() > 0.1
    assert change[days > 28].max() < -0.9
