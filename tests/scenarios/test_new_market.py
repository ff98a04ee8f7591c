"""The launch: what the scenario's README tells is what a plan of it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import api
from optimizer.plan.planner import Plan
from scenarios import new_market_generator as generator


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(generator.FOLDER)


def test_the_folder_is_what_the_generator_writes(tmp_path: Path) -> None:
    generator.write(tmp_path)
    for path in tmp_path.iterdir():
        assert (generator.FOLDER / path.name).read_bytes() == path.read_bytes(), path.name


def test_pilots_start_small_and_grow(plan: Plan) -> None:
    ridge = plan.frame().query("market == 'Ridge'").pivot(index="campaign", columns="week", values="recommended_spend")
    central = ridge.filter(like="ridge-central", axis=0).to_numpy()
    assert (central[:, 0] == 0).all()
    for week in range(1, 8):
        assert (central[:, week] <= 500 * 1.2 ** (week - 1) + 0.01).all()
    assert central[:, 1:8].max() > 1000


def test_nobody_is_booked_before_the_doors_open(plan: Plan) -> None:
    capacity = plan.frame("capacity")
    for clinic, facts in generator.CLINICS.items():
        before = capacity[(capacity["location"] == clinic) & (capacity["week"] < generator.WEEKS[facts.opens])]
        assert before["booked"].sum() == pytest.approx(0, abs=1e-9)


def test_the_goal_is_reached_as_far_as_its_price(plan: Plan) -> None:
    goal = plan.frame("limits").set_index("name").loc["launch-patients"]
    assert goal["achieved"] == pytest.approx(460, abs=0.1)
    assert -150 <= goal["price"] < 0


def test_the_full_clinic_pays_for_a_part_of_the_launch(plan: Plan) -> None:
    spend = plan.frame().groupby("location")[["current_spend", "recommended_spend"]].sum()
    assert spend.loc["Harbor Main", "recommended_spend"] < 0.7 * spend.loc["Harbor Main", "current_spend"]
    assert spend.loc[["Ridge Central", "Ridge North"], "recommended_spend"].sum() > 60_000
