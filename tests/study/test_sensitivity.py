"""How a plan hangs on its softest inputs, worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, VerificationError
from optimizer.plan.outcome import evaluate_given
from optimizer.plan.planner import replan
from optimizer.plan.words import Words
from optimizer.report.sensitivity import sensitivity_facts, sensitivity_grid, sentences
from optimizer.response.forecast import campaign_curves
from optimizer.scenario.definition import Objective
from optimizer.scenario.read import Scenario
from optimizer.study import sensitivity as study
from optimizer.study.sensitivity import Case, Sensitivity
from optimizer.study.variants import ALL_LINES, Input, Variant, capped, varied
from tests.care import SCANS, care
from tests.small import WEEKS, campaign, line_curve, small

LINES = (ALL_LINES, "Care", "Scan")
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


def one_campaign(objective: str = "ltv", **limit: object) -> Scenario:
    """A dollar brings 0.1 patients, of whom each is worth 100; there are 1000 dollars."""
    limits = [{"limit": "Desk", **limit}] if limit else []
    curve = line_curve("a", 0.1, 1000)
    return small([campaign("a")], [curve], budget=1000.0, objective=objective, tables={"limits": limits})


@cache
def studied() -> Sensitivity:
    """The study of the worth of patients in the two lines as they are."""
    return api.sensitivity(two_lines(), [worth(share, line) for line in LINES for share in (0.7, 1.3)])


def worth(share: float, line: str = ALL_LINES) -> Variant:
    return Variant(Input.WORTH, share, line)


RATES = [Variant(which, share) for which in (Input.CONVERSION, Input.COST_PER_LEAD) for share in (0.8, 1.2)]


def cases(of: Sensitivity) -> dict[Variant, Case]:
    return {case.variant: case for case in of.cases}


def test_hand_worked_worth() -> None:
    """All of the money goes to Care: 1000 * 0.1 * 100 - 1000 = 9000.

    All lines at 0.7: Care stays the best, 100 * 70 - 1000 = 6000. Care alone at 0.7: Scan is better, worth
    100 * 90 - 1000 = 8000, and holding on brings 6000: 2000 less, and the 1000 dollars move. Scan alone at 1.3:
    100 * 117 - 1000 = 10,700 against 9000.
    """
    assert studied().planned == pytest.approx(9000)
    found = cases(studied())
    assert {key: (case.best, case.kept, case.cost, case.moved) for key, case in found.items()} == {
        worth(0.7): (pytest.approx(6000), pytest.approx(6000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        worth(1.3): (pytest.approx(12000), pytest.approx(12000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        worth(0.7, "Care"): (pytest.approx(8000), pytest.approx(6000), pytest.approx(2000), pytest.approx(1000)),
        worth(1.3, "Care"): (pytest.approx(12000), pytest.approx(12000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        worth(0.7, "Scan"): (pytest.approx(9000), pytest.approx(9000), pytest.approx(0, abs=1e-6), pytest.approx(0)),
        worth(1.3, "Scan"): (pytest.approx(10700), pytest.approx(9000), pytest.approx(1700), pytest.approx(1000)),
    }


def test_hand_worked_rates() -> None:
    """Half of the leads of Care ask for an appointment, 90 % of Scan's; 70 slots of Scan are open.

    A dollar brings 0.1 leads: 5 of Care, 8.1 of Scan up to 70 visits, which cost 70 / 0.09 = 777.78 dollars. The rest,
    222.22 dollars, brings 11.11 visits of Care: 6300 + 1111.11 - 1000 = 6411.11.
    Booking rates at 0.8: Scan books 0.072 for a dollar and takes 972.22, 27.78 go to Care at 0.04: 6300 + 111.11 -
    1000; kept, Scan has 56 visits and Care 8.89: 5040 + 888.89 - 1000. Booking rates at 1.2: Scan's would be 1.08 and
    is 1: 700 dollars fill it, 300 bring 18 of Care: 6300 + 1800 - 1000; kept, 222.22 bring 13.33.
    Leads at 1.2 times the cost: a dollar brings 0.1 / 1.2 of them. Scan takes 933.33, 66.67 bring 2.78 of Care; kept,
    Scan has 58.33 and Care 9.26. At 0.8: Scan takes 622.22, 377.78 bring 23.61; kept, Care has 13.89.
    """
    rates = [
        {"service_line": line, "channel": "Search", "booking_rate": rate}
        for line, rate in (("Care", 0.5), ("Scan", 0.9))
    ]
    slots = [
        {"location": "North", "service_line": line, "week": WEEKS[0], "new_patient_slots": open_slots}
        for line, open_slots in (("Care", 1000), ("Scan", 70))
    ]
    found = api.sensitivity(two_lines(funnel=rates, appointment_capacity=slots), RATES)
    assert found.planned == pytest.approx(6300 + 100_000 / 90 - 1000, abs=0.1)
    told = cases(found)
    by_hand = {
        Variant(Input.CONVERSION, 0.8): (6300 + 2.77778 * 40 - 1000, 56 * 90 + 8.88889 * 100 - 1000, 0),
        Variant(Input.CONVERSION, 1.2): (6300 + 18 * 100 - 1000, 6300 + 13.33333 * 100 - 1000, 1),
        Variant(Input.COST_PER_LEAD, 0.8): (6300 + 23.61111 * 100 - 1000, 6300 + 13.88889 * 100 - 1000, 0),
        Variant(Input.COST_PER_LEAD, 1.2): (6300 + 2.77778 * 100 - 1000, 58.33333 * 90 + 9.25926 * 100 - 1000, 0),
    }
    for variant, (best, kept, over) in by_hand.items():
        case = told[variant]
        assert (case.best, case.kept) == (pytest.approx(best, abs=1.5), pytest.approx(kept, abs=1.5)), variant
        assert case.capped == over
    assert told[Variant(Input.CONVERSION, 1.2)].moved == pytest.approx(777.78 - 700, abs=0.02)


def test_without_limits_visits_go_with_booking_rates_and_cost() -> None:
    """0.1 leads a dollar, all of which book: 100 visits, 80 at a rate of 0.8, and 100 / 1.2 at a cost of 1.2."""
    found = api.sensitivity(one_campaign("visits"))
    assert {variant: case.kept for variant, case in cases(found).items()} == {
        Variant(Input.CONVERSION, 0.8): pytest.approx(80),
        Variant(Input.CONVERSION, 1.2): pytest.approx(100),
        Variant(Input.COST_PER_LEAD, 0.8): pytest.approx(125),
        Variant(Input.COST_PER_LEAD, 1.2): pytest.approx(100 / 1.2),
    }


FORMS = [
    {"form": "hill", "max_leads": 80, "half_spend": 400, "slope": 1.5},
    {"form": "michaelis_menten", "max_leads": 80, "half_spend": 400},
    {"form": "log", "scale_leads": 30, "scale_spend": 200},
    {"form": "power", "scale_leads": 0.5, "scale_spend": 1, "exponent": 0.7},
    {"form": "exponential", "max_leads": 80, "scale_spend": 300},
    {"form": "points", "points": "0:0 250.5:40 1000:60.25"},
]


def test_every_form_of_curve_brings_as_many_leads_fewer() -> None:
    names = [f"c{number}" for number in range(len(FORMS))]
    curves = [
        {"campaign": name, "observed_max_weekly_spend": 1000, **form} for name, form in zip(names, FORMS, strict=True)
    ]
    scenario = small([campaign(name, location=name) for name in names], curves)
    spend = np.tile([[100.0, 600.0, 1000.0]], (len(names), 1))
    before, after = (
        campaign_curves(api.validate(each)).leads(spend)
        for each in (scenario, varied(scenario, Variant(Input.COST_PER_LEAD, 1.2)))
    )
    assert (before > 0).all()
    assert after == pytest.approx(before / 1.2, rel=1e-12)


def test_rates_of_one_line_alone_may_be_otherwise() -> None:
    """Late rates too; what would pass 1 is 1 and is counted."""
    rates = [
        {"service_line": line, "channel": "Search", "booking_rate": 0.9, "booking_rate_late": 0.5}
        for line in ("Care", "Scan")
    ]
    scenario = two_lines(funnel=rates)
    more = Variant(Input.CONVERSION, 1.2, "Scan")
    less, of_all = replace(more, share=0.8), replace(more, line=ALL_LINES)
    frame = varied(scenario, more).tables["funnel"].frame
    assert frame["booking_rate"].tolist() == [0.9, 1.0]
    assert frame["booking_rate_late"].tolist() == pytest.approx([0.5, 0.6])
    assert [capped(scenario, variant) for variant in (more, less, of_all)] == [1, 0, 2]


def test_the_best_plan_then_is_what_planning_anew_finds() -> None:
    """On curves that bend, where a plan near this one is refined from the start."""
    curve = {"form": "michaelis_menten", "max_leads": 80, "half_spend": 400, "observed_max_weekly_spend": 1000}
    scenario = two_lines(response_curves=[{"campaign": name, **curve} for name in ("a", "b")])
    plan = api.plan(scenario)
    found = api.sensitivity(plan, [worth(0.7, "Care"), *RATES])
    for case in found.cases:
        anew = api.plan(varied(scenario, case.variant))
        assert case.best == pytest.approx(anew.value, rel=1e-3)
        assert case.kept is not None
        assert case.kept <= anew.curve_gap.bound + 1e-6
        assert case.cost is not None
        assert case.cost >= 0
    gap = plan.curve_gap.gap + 0.01
    for case in found.cases:
        assert case.best is not None
        is_worse = (case.variant.share < 1) is (case.variant.input is not Input.COST_PER_LEAD)
        assert case.best <= found.planned + gap if is_worse else case.best >= found.planned - gap


def test_every_part_of_the_worth_is_scaled() -> None:
    """Margins given and made of parts, of one line and of all; what is blank stays blank."""
    value = [
        {"service_line": "Care", "first_visit_margin": 40.0, "ltv_margin": 100.0},
        {"service_line": "Scan", "first_visit_margin": 10.0, "margin_per_year": 120.0, "yearly_retention": 1.0,
         "horizon_months": 12, "discount_rate": 0.0},
    ]  # fmt: skip
    scenario = two_lines(patient_value=value)
    facts = {share: api.validate(varied(scenario, worth(share))) for share in (1.0, 0.5)}
    assert facts[1.0].ltv_margin == pytest.approx([100, 130])
    assert facts[0.5].ltv_margin == pytest.approx([50, 65])
    assert facts[0.5].first_visit_margin == pytest.approx([20, 5])
    assert api.validate(varied(scenario, worth(0.5, "Scan"))).ltv_margin == pytest.approx([100, 65])
    assert scenario.tables["patient_value"].frame["ltv_margin"].iloc[0] == 100


def test_a_follow_on_visit_is_worth_what_its_own_line_is() -> None:
    """100 orthopaedic patients at 100, half of whom are scanned at 200: 10,000 + 30 * 200 - 1000, as 30 scans fit."""
    scenario = care(pathways=[SCANS])
    margin = {
        line: varied(scenario, worth(0.5, line)).tables["care_pathways"].frame["margin"].tolist()
        for line in ("Ortho", "Scan", ALL_LINES)
    }
    assert margin == {"Ortho": [200], "Scan": [100], ALL_LINES: [100]}
    found = api.sensitivity(scenario, [worth(0.7, line) for line in margin])
    assert found.planned == pytest.approx(15_000)
    assert cases(found)[worth(0.7)].best == pytest.approx(0.7 * 16_000 - 1000)
    assert cases(found)[worth(0.7, "Ortho")].best == pytest.approx(0.7 * 10_000 + 6000 - 1000)
    assert cases(found)[worth(0.7, "Scan")].best == pytest.approx(10_000 + 0.7 * 6000 - 1000)


def test_a_limit_on_the_worth_of_patients_may_break() -> None:
    """Care earns 10 for a dollar and must earn 8: at 0.7 this plan would break that, and the best spends on Scan."""
    limit = {"limit": "Return", "quantity": "ltv_to_cac", "service_line": "Care", "min": 8}
    (broken,) = api.sensitivity(two_lines(limits=[limit]), [worth(0.7, "Care")]).cases
    assert (broken.kept, broken.broken, broken.cost) == (pytest.approx(6000), ("limit 'Return'",), None)
    assert broken.best == pytest.approx(8000)


def test_there_may_be_no_plan_then() -> None:
    """Care must spend 100 as well: no plan earns 8 for a dollar of it at 0.7."""
    limit = {"limit": "Return", "quantity": "ltv_to_cac", "service_line": "Care", "min": 8}
    found = api.sensitivity(two_lines(least=100.0, limits=[limit]), [worth(0.7), worth(0.7, "Care")])
    assert found.cases[1] == Case(worth(0.7, "Care"), None, pytest.approx(6000), ("limit 'Return'",), 0.0)
    words = Words("USD", Objective.LTV)
    assert sentences(found.table, words)[0] == "If patients were worth 30 % less, no plan would meet every limit."
    rows = {row[0]: row[1:] for row in sensitivity_grid(found.table, found.planned, words).rows}
    assert rows["worth, Care: -30 %"] == ("$6,000*", "-$3,000", "no plan", "-", "-")


def test_more_leads_may_break_a_limit_on_them() -> None:
    """At most 100 leads, which the plan brings: at 0.8 of the cost it would bring 125, and the best spends 800."""
    scenario = one_campaign(quantity="leads", max=100)
    (cheaper,) = api.sensitivity(scenario, [Variant(Input.COST_PER_LEAD, 0.8)]).cases
    assert (cheaper.kept, cheaper.broken, cheaper.cost) == (pytest.approx(12_500 - 1000), ("limit 'Desk'",), None)
    assert cheaper.best == pytest.approx(10_000 - 800)


@pytest.mark.parametrize("objective", ["bookings", "visits", "min_spend"])
def test_visits_have_no_worth_to_change(objective: str) -> None:
    """Where it is not counted what patients are worth, rates and costs alone are tried, and that is told."""
    scenario = one_campaign(objective, quantity="bookings", min=50)
    assert [*study.usual_variants(api.validate(scenario))] == RATES
    told = sensitivity_grid(Sensitivity(studied().plan, ()).table, 0.0, Words("USD", Objective(objective))).note
    assert told.endswith(f"What patients are worth is not tried: the objective '{objective}' does not count it.")


def test_where_the_least_spend_is_sought() -> None:
    """50 bookings take 500 dollars, and 625 at a booking rate of 0.8; 500 then bring 40, which breaks the goal."""
    found = api.sensitivity(one_campaign("min_spend", quantity="bookings", min=50), RATES[:1])
    assert found.planned == pytest.approx(-500, abs=0.01)
    case = found.cases[0]
    assert (case.kept, case.broken, case.best) == (
        pytest.approx(-500, abs=0.01), ("limit 'Desk'",), pytest.approx(-625, abs=0.01)
    )  # fmt: skip


def test_a_plan_that_fails_its_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best plan then books one patient more than ask."""

    def lying(*arguments: Any, **options: Any) -> Any:
        outcome, bound = replan(*arguments, **options)
        return replace(outcome, booked=outcome.booked + 1), bound

    monkeypatch.setattr(study, "replan", lying)
    with pytest.raises(VerificationError, match="appointment_requests"):
        api.sensitivity(one_campaign())


def test_a_kept_plan_that_fails_its_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it breaks a limit as well: one patient more than ask."""

    def lying(*arguments: Any) -> Any:
        outcome = evaluate_given(*arguments)
        return replace(outcome, booked=outcome.booked + 1)

    monkeypatch.setattr(study, "evaluate_given", lying)
    with pytest.raises(VerificationError, match="appointment_requests"):
        api.sensitivity(one_campaign(quantity="leads", max=100), [Variant(Input.COST_PER_LEAD, 0.8)])


def test_a_bound_below_what_this_plan_is_worth_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(*arguments: Any, **options: Any) -> Any:
        outcome, bound = replan(*arguments, **options)
        return outcome, bound - 10

    monkeypatch.setattr(study, "replan", lying)
    with pytest.raises(VerificationError, match="no plan was to be worth more"):
        api.sensitivity(one_campaign())


LESS, MORE, BOOKED, DEARER = (
    worth(0.7), worth(1.3), Variant(Input.CONVERSION, 0.8), Variant(Input.COST_PER_LEAD, 1.2)
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            Case(LESS, 1000.0, 988.0, (), 5.0),
            "patients were worth 30 % less, {still} within 1.2 % of the",
        ),
        (
            Case(LESS, 1000.0, 987.9, (), 5.0),
            "patients were worth 30 % less, {still} within 1.3 % of the",
        ),
        (Case(MORE, 1000.0, 1000.0, (), 0.0), "patients were worth 30 % more, {still} the"),
        (Case(DEARER, 1000.0, 990.0, (), 0.0), "leads cost 20 % more, {still} within 1.0 % of the"),
    ],
)
def test_what_is_said(case: Case, said: str) -> None:
    told = said.format(still="this plan would still be")
    found = Sensitivity(studied().plan, (case, Case(worth(0.7, "Care"), 1.0, 1.0, (), 0.0)))
    assert sentences(found.table, Words("USD", Objective.LTV)) == [f"If {told} best."]


def test_what_is_said_where_nothing_compares() -> None:
    found = Sensitivity(
        studied().plan,
        (Case(LESS, 0.0, -50.0, (), 5.0), Case(BOOKED, 9.0, 10.0, ("a", "b"), 5.0), Case(DEARER, None, 1.0, (), 0.0)),
    )
    assert sentences(found.table, Words("USD", Objective.LTV)) == [
        "If patients were worth 30 % less, this plan would be worth -$50 and the best plan $0.",
        "If 20 % fewer leads booked, this plan would break a, b.",
        "If leads cost 20 % more, no plan would meet every limit.",
    ]


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """One line: it is not tried alone."""
    assert main(["sensitivity", str(CLINIC)]) == ExitCode.OK
    shown = capsys.readouterr()
    assert "If patients were worth 30 % less, this plan would still be the best" in shown.out
    for what in ("worth of a patient: -30 %", "booking rates: +20 %", "cost per lead: -20 %"):
        assert what in shown.out
        assert f"of 6: {what} ..." in shown.err


def test_the_command_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "usual_variants", lambda _: [DEARER])
    assert main(["sensitivity", str(CLINIC), "--json", "-q"]) == ExitCode.OK
    shown = capsys.readouterr()
    assert shown.err == ""
    (case,) = json.loads(shown.out)["data"]["cases"]
    assert (case["input"], case["share"], case["service_line"]) == ("cost_per_lead", 1.2, None)
    assert case["cost_of_holding_on"] == pytest.approx(max(case["best_plan"] - case["this_plan"], 0))


def test_plain_values_and_the_table_are_those_of_the_study() -> None:
    found = studied()
    told = sensitivity_facts(found)
    assert told["value_less_missed_limits"] == found.planned
    listed = told["cases"]
    assert isinstance(listed, list)
    assert [case["best_plan"] for case in listed] == [case.best for case in found.cases]
    assert [case["this_plan"] for case in listed] == found.table["kept"].tolist()
    grid = sensitivity_grid(found.table, found.planned, Words("USD", Objective.LTV))
    assert ("worth, Care: -30 %", "$6,000", "-$3,000", "$8,000", "$2,000", "$1,000") in grid.rows
