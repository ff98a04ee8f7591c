"""How a plan hangs on the worth of patients, worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, UsageError, VerificationError
from optimizer.plan.planner import replan
from optimizer.report.sensitivity import sensitivity_facts, sentence
from optimizer.scenario.read import Scenario
from optimizer.study import sensitivity as study
from optimizer.study.sensitivity import ALL_LINES, Case, Sensitivity, scaled
from tests.care import SCANS, care
from tests.small import campaign, line_curve, small

CLINIC = Path(__file__).parents[2] / "scenarios" / "one_clinic"


def two_lines(*, least: float = 0.0, **tables: Sequence[Mapping[str, Any]]) -> Scenario:
    """A dollar brings 0.1 patients of Care at 100 or of Scan at 90; there are 1000 dollars."""
    value = [
        {"service_line": line, "first_visit_margin": worth / 2, "ltv_margin": worth}
        for line, worth in (("Care", 100.0), ("Scan", 90.0))
    ]
    return small(
        [campaign("a", min_weekly_spend=least), campaign("b", line="Scan")],
        [line_curve("a", 0.1, 1000), line_curve("b", 0.1, 1000)],
        budget=1000.0,
        tables={"patient_value": value, **tables},
    )


@cache
def studied() -> Sensitivity:
    """The study of the two lines as they are."""
    return api.sensitivity(two_lines())


def cases(of: Sensitivity) -> dict[tuple[str, float], Case]:
    return {(case.line, case.share): case for case in of.cases}


def test_hand_worked() -> None:
    """All of the money goes to Care: 1000 * 0.1 * 100 - 1000 = 9000.

    All lines at 0.7: Care stays the best, 100 * 70 - 1000 = 6000. Care alone at 0.7: Scan is better, worth
    100 * 90 - 1000 = 8000, and holding on brings 6000: 2000 less, and the 1000 dollars move. Scan alone at 1.3:
    100 * 117 - 1000 = 10,700 against 9000.
    """
    found = cases(studied())
    worth = {key: (case.best, case.kept, case.cost, case.moved) for key, case in found.items()}
    assert worth == {
        (ALL_LINES, 1.0): (pytest.approx(9000), pytest.approx(9000), 0.0, 0.0),
        (ALL_LINES, 0.7): (pytest.approx(6000), pytest.approx(6000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        (ALL_LINES, 1.3): (pytest.approx(12000), pytest.approx(12000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        ("Care", 0.7): (pytest.approx(8000), pytest.approx(6000), pytest.approx(2000), pytest.approx(1000)),
        ("Care", 1.3): (pytest.approx(12000), pytest.approx(12000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        ("Scan", 0.7): (pytest.approx(9000), pytest.approx(9000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        ("Scan", 1.3): (pytest.approx(10700), pytest.approx(9000), pytest.approx(1700), pytest.approx(1000)),
    }


def test_the_best_plan_then_is_what_planning_anew_finds() -> None:
    """On curves that bend, where a plan near this one is refined from the start."""
    curve = {"form": "michaelis_menten", "max_leads": 80, "half_spend": 400, "observed_max_weekly_spend": 1000}
    scenario = two_lines(response_curves=[{"campaign": name, **curve} for name in ("a", "b")])
    plan = api.plan(scenario)
    for case in api.sensitivity(plan).cases:
        anew = api.plan(scaled(scenario, case.share, case.line))
        assert case.best == pytest.approx(anew.value, rel=1e-3)
        assert case.kept is not None
        assert case.kept <= anew.curve_gap.bound + 1e-6
        assert case.cost is not None
        assert case.cost >= 0


def test_every_part_of_the_worth_is_scaled() -> None:
    """Margins given and made of parts, of one line and of all; what is blank stays blank."""
    value = [
        {"service_line": "Care", "first_visit_margin": 40.0, "ltv_margin": 100.0},
        {"service_line": "Scan", "first_visit_margin": 10.0, "margin_per_year": 120.0, "yearly_retention": 1.0,
         "horizon_months": 12, "discount_rate": 0.0},
    ]  # fmt: skip
    scenario = two_lines(patient_value=value)
    facts = {share: api.validate(scaled(scenario, share)) for share in (1.0, 0.5)}
    assert facts[1.0].ltv_margin == pytest.approx([100, 130])
    assert facts[0.5].ltv_margin == pytest.approx([50, 65])
    assert facts[0.5].first_visit_margin == pytest.approx([20, 5])
    assert api.validate(scaled(scenario, 0.5, "Scan")).ltv_margin == pytest.approx([100, 65])
    assert scenario.tables["patient_value"].frame["ltv_margin"].iloc[0] == 100


def test_a_follow_on_visit_is_worth_what_its_own_line_is() -> None:
    """100 orthopaedic patients at 100, half of whom are scanned at 200: 10,000 + 30 * 200 - 1000, as 30 scans fit."""
    scenario = care(pathways=[SCANS])
    margin = {
        line: scaled(scenario, 0.5, line).tables["care_pathways"].frame["margin"].tolist()
        for line in ("Ortho", "Scan", ALL_LINES)
    }
    assert margin == {"Ortho": [200], "Scan": [100], ALL_LINES: [100]}
    found = cases(api.sensitivity(scenario))
    assert found[ALL_LINES, 1.0].best == pytest.approx(15_000)
    assert found[ALL_LINES, 0.7].best == pytest.approx(0.7 * 16_000 - 1000)
    assert found["Ortho", 0.7].best == pytest.approx(0.7 * 10_000 + 6000 - 1000)
    assert found["Scan", 0.7].best == pytest.approx(10_000 + 0.7 * 6000 - 1000)


def test_a_limit_on_the_worth_of_patients_may_break() -> None:
    """Care earns 10 for a dollar and must earn 8: at 0.7 this plan would break that, and the best spends on Scan."""
    limit = {"limit": "Return", "quantity": "ltv_to_cac", "service_line": "Care", "min": 8}
    found = cases(api.sensitivity(two_lines(limits=[limit])))
    broken = found["Care", 0.7]
    assert (broken.kept, broken.cost) == (None, None)
    assert broken.best == pytest.approx(8000)


def test_there_may_be_no_plan_then() -> None:
    """Care must spend 100 as well: no plan earns 8 for a dollar of it at 0.7."""
    limit = {"limit": "Return", "quantity": "ltv_to_cac", "service_line": "Care", "min": 8}
    found = api.sensitivity(two_lines(least=100.0, limits=[limit]))
    assert cases(found)["Care", 0.7] == Case("Care", 0.7, None, None, 0.0)
    assert sentence(found).startswith("If patients were worth 30 % less, no plan would meet every limit.")


@pytest.mark.parametrize("objective", ["visits", "bookings", "min_spend"])
def test_visits_have_no_worth_to_change(objective: str) -> None:
    definition = {**two_lines().definition.model_dump(mode="json", exclude_none=True), "objective": objective}
    frames = {name: table.frame for name, table in two_lines().tables.items()}
    with pytest.raises(UsageError, match=f"'{objective}' does not count"):
        api.sensitivity(api.from_frames(definition, frames))


def test_a_plan_that_fails_its_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best plan then books one patient more than ask."""

    def lying(*arguments: Any, **options: Any) -> Any:
        outcome, bound = replan(*arguments, **options)
        return replace(outcome, booked=outcome.booked + 1), bound

    monkeypatch.setattr(study, "replan", lying)
    with pytest.raises(VerificationError, match="appointment_requests"):
        api.sensitivity(two_lines())


def test_a_bound_below_what_this_plan_is_worth_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(*arguments: Any, **options: Any) -> Any:
        outcome, bound = replan(*arguments, **options)
        return outcome, bound - 10

    monkeypatch.setattr(study, "replan", lying)
    with pytest.raises(VerificationError, match="no plan was to be worth more"):
        api.sensitivity(two_lines())


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case("", 0.7, 1000.0, 988.0, 5.0), "30 % less, this plan would still be within 1.2 % of the best."),
        (Case("", 0.7, 1000.0, 987.9, 5.0), "30 % less, this plan would still be within 1.3 % of the best."),
        (Case("", 1.3, 1000.0, 1000.0, 0.0), "30 % more, this plan would still be the best."),
        (Case("", 0.7, 0.0, -50.0, 5.0), "30 % less, this plan would be worth -$50 and the best plan $0."),
        (Case("", 0.7, 10.0, None, 5.0), "30 % less, this plan would break a limit."),
        (Case("", 0.7, None, None, 0.0), "30 % less, no plan would meet every limit."),
    ],
)
def test_what_is_said(case: Case, said: str) -> None:
    """The case of the plan itself is passed over."""
    found = Sensitivity(api.plan(two_lines()), (Case("", 1.0, 9.0, 9.0, 0.0), case))
    assert sentence(found) == f"If patients were worth {said}"


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensitivity", str(CLINIC)]) == ExitCode.OK
    shown = capsys.readouterr()
    assert "all lines" in shown.out
    assert "Physical therapy" in shown.out
    assert "If patients were worth 30 % less, this plan would still be within" in shown.out
    assert "Planning with patients of all lines worth 70 %" in shown.err
    poor = ["--change", "patient_value first_visit_margin *= 0.5"]
    assert main(["sensitivity", str(CLINIC), "--json", "-q", *poor]) == ExitCode.OK
    shown = capsys.readouterr()
    data = json.loads(shown.out)["data"]
    assert shown.err == ""
    assert [case["worth"] for case in data["cases"]] == [1.0, 0.7, 1.3, 0.7, 1.3]
    assert all(case["cost_of_holding_on"] >= 0 for case in data["cases"])


def test_plain_values_are_those_of_the_study() -> None:
    found = studied()
    told = sensitivity_facts(found)
    assert told["sentence"] == sentence(found)
    listed = told["cases"]
    assert isinstance(listed, list)
    assert [case["best_plan"] for case in listed] == [case.best for case in found.cases]
    assert listed[0]["service_line"] is None
