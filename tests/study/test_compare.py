"""Plans side by side: every difference adds up, and nothing that differs is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import UsageError
from optimizer.plan.planner import Plan
from optimizer.plan.runs import Run
from optimizer.study.compare import Comparison
from tests.demo import three_markets

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CHANGE = "appointment_capacity[location=Seaview,service_line=Orthopaedics] new_patient_slots += 4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def made(folder: Path) -> list[Run]:
    """The demonstration, with a fifth less money, and with four more slots a week at one clinic."""
    less = SCENARIOS / "what_if" / "budget_minus_20.yaml"
    return api.what_if(SCENARIOS / "three_markets", [less], changes=[CHANGE], runs=folder)


@pytest.fixture(scope="module")
def less_money(made: list[Run]) -> Comparison:
    return api.compare(made[0], made[1])


def test_before_and_change_are_after_to_the_cent(less_money: Comparison) -> None:
    moves, totals = less_money.moves, less_money.totals.set_index("total")
    assert ((moves["before"] + moves["change"] - moves["after"]).abs() < 0.001).all()
    assert round(moves["change"].sum() * 100) == round(totals.loc["spend", "change"] * 100)
    assert round(totals.loc["spend", "change"] * 100) == ((1_064_000 - 1_330_000) * 100)
    for name, row in totals.iterrows():
        assert row["before"] == less_money.before.summary["plan"][str(name)]  # type: ignore[index]
        assert row["after"] == less_money.after.summary["plan"][str(name)]  # type: ignore[index]
        assert row["before"] + row["change"] == pytest.approx(row["after"])


def test_every_campaign_that_differs_is_told_with_the_plans_own_reason(less_money: Comparison) -> None:
    spend = [
        run.table("plan").groupby("campaign")["recommended_spend"].sum().round(2)
        for run in (less_money.before, less_money.after)
    ]
    differ = set(spend[0].index[(spend[0] - spend[1]).abs() > 0.001])
    assert set(less_money.moves["campaign"]) == differ
    said = set(less_money.after.table("plan")["reason"].str.split(": ", n=1).str[1])
    assert set(less_money.moves["reason"]) <= said
    assert less_money.moves["change"].abs().is_monotonic_decreasing


def test_what_was_asked_differently(made: list[Run], less_money: Comparison) -> None:
    asked = less_money.inputs.set_index("what")
    assert asked.loc["budget.total", ["before", "after"]].tolist() == [1_330_000, 1_064_000]
    assert set(asked.index) == {
        "budget.total", "budget.per_week", "budget.per_month.2026-10", "budget.per_month.2026-12"
    }  # fmt: skip
    slots = api.compare(made[0], made[2]).inputs
    capacity = api.load(SCENARIOS / "three_markets").tables["appointment_capacity"].frame
    seaview = (capacity["location"] == "Seaview") & (capacity["service_line"] == "Orthopaedics")
    assert len(slots) == seaview.sum()
    assert (slots["after"] - slots["before"] == 4).all()


def test_the_way_back_is_the_way_there(made: list[Run]) -> None:
    there, back = api.compare(made[0], made[2]), api.compare(made[2], made[0])
    amounts = [found.moves.set_index("campaign")["change"].sort_index() for found in (there, back)]
    pd.testing.assert_series_equal(amounts[0], -amounts[1])
    assert (there.inputs["before"] == back.inputs["after"]).all()
    assert (there.totals["change"] == -back.totals["change"]).all()


def test_a_run_differs_from_itself_in_nothing(made: list[Run]) -> None:
    found = api.compare(made[0], made[0])
    assert found.inputs.empty
    assert found.moves.empty
    assert found.limits.empty
    assert (found.totals["change"] == 0).all()


def test_more_slots_and_less_money_do_what_they_must(made: list[Run], less_money: Comparison) -> None:
    assert less_money.totals.set_index("total").loc["value", "change"] < 0
    assert api.compare(made[0], made[2]).totals.set_index("total").loc["value", "change"] > 0


def test_money_of_two_currencies_is_not_compared(made: list[Run], folder: Path) -> None:
    euros = api.plan(api.load(SCENARIOS / "one_clinic", sets=["currency=EUR"]))
    other = api.save(euros, folder, command="plan")
    with pytest.raises(UsageError, match="USD and the other in EUR"):
        api.compare(made[0], other)


def test_value_of_two_kinds_is_not_subtracted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one_clinic = str(SCENARIOS / "one_clinic")
    base, visits = api.what_if(one_clinic, sets=["objective=visits"], runs=folder)
    assert "value" not in set(api.compare(base, visits).totals["total"])
    assert main(["what-if", "-q", one_clinic, "--set", "objective=visits", "--runs", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "counted differently" in shown
    assert f"{visits.summary['plan']['value']:,.0f} visits" in shown  # type: ignore[index]


def test_a_what_if_that_asks_nothing_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="nothing is asked differently"):
        api.what_if(SCENARIOS / "one_clinic", runs=folder)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one_clinic = str(SCENARIOS / "one_clinic")
    assert main(["what-if", "-q", one_clinic, "--set", "budget.total*=0.5", "--runs", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "Where money moved" in shown
    assert "scenario.yaml: budget.total" in shown
    first, second = sorted(path.name for path in tmp_path.iterdir())
    assert main(["compare", first, second, "--runs", str(tmp_path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert {data["before"], data["after"]} == {first, second}
    assert len(data["moves"]) == 1
    assert main(["what-if", "-q", one_clinic, "--runs", str(tmp_path)]) == 2
    assert "nothing is asked differently" in capsys.readouterr().err


def test_a_what_if_without_a_plan_is_told_beside_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = tmp_path / "floor.yaml"
    clinic = SCENARIOS / "one_clinic"
    asked.write_text(
        f"base: {clinic}\nname: a-floor\nchanges:\n"
        "  - table: campaigns\n    set: {min_weekly_spend: 1500, max_weekly_spend: 1600}\n",
        encoding="utf-8",
    )
    command = ["what-if", "-q", str(clinic), str(asked), "--set", "budget.total*=0.9", "--runs", str(tmp_path / "runs")]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "no plan" in shown
    assert "a-floor: no plan" in shown
    assert "as changed" in shown
    assert main([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [plan["scenario"] for plan in data["plans"]] == ["one_clinic", "one_clinic"]
    assert [refused["scenario"] for refused in data["no_plan"]] == ["a-floor"]
    assert data["no_plan"][0]["errors"][0]["code"] == "infeasible"
    assert len(list((tmp_path / "runs").iterdir())) == 4


@pytest.mark.parametrize("name", ["coast_launch"])
def test_a_plan_begun_at_another_is_the_plan(name: str, base_plan: Plan) -> None:
    """With more campaigns in a market of its own: the same to the cent."""
    asked = api.load(SCENARIOS / "what_if" / f"{name}.yaml")
    hot, cold = api.plan(asked, after=base_plan), api.plan(asked)
    assert hot.value == pytest.approx(cold.value, rel=1e-6)
    assert hot.spend == cold.spend
    assert hot.certificate.gap <= hot.certificate.allowed_gap
    assert hot.curve_gap.gap == pytest.approx(cold.curve_gap.gap, abs=1.0)


@pytest.fixture(scope="module")
def base_plan() -> Plan:
    return three_markets()
