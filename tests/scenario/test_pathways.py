"""Care pathways and shared resources as tables: what they mean, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.read import Scenario
from tests.care import SCANS, THERAPY, WORTH, care, slots
from tests.small import WEEKS, campaign

ASKED = [campaign("A", line="Ortho"), campaign("B", line="Scan", channel="Social")]
BOTH = [{"service_line": line, **WORTH} for line in ("Ortho", "Scan")]
MARKET = [{"location": place, "market": "M"} for place in ("North", "South")]
MINUTES = {"resource": "MRI", "week": WEEKS[0], "minutes_available": 700.0}
USE = {"resource": "MRI", "service_line": "Ortho", "minutes_per_visit": 20.0}


def refused(scenario: Scenario) -> str:
    with pytest.raises(ScenarioError) as error:
        established(scenario)
    return "\n".join(f"{p.file}:{p.line} {p.message} -> {p.hint}" for p in error.value.problems)


def places(scenario: Scenario) -> list[tuple[str, str]]:
    """Each pathway with the clinic that sees its patients."""
    facts = established(scenario)
    found = facts.pathways
    clinics = facts.units["location"]
    return [
        (f"{found.name[leaving]} from {clinics.iloc[found.origin[leaving]]}", str(clinics.iloc[place]))
        for leaving, place in zip(found.leaving, found.place, strict=True)
    ]


def two_clinics(rule: str, *, here: bool = True) -> Scenario:
    scans = [*(slots("Scan", 9) if here else []), *slots("Scan", 9, location="South")]
    return care(
        pathways=[{**SCANS, "location_rule": rule}],
        tables={"locations": MARKET, "appointment_capacity": [*slots("Ortho", 1000), *scans]},
    )


def test_the_same_clinic_or_any_of_the_market() -> None:
    same, market = ("Ortho to Scan from North", "North"), ("Ortho to Scan from North", "South")
    assert places(two_clinics("same")) == [same]
    assert places(two_clinics("")) == [same]
    assert places(two_clinics("market")) == [same, market]
    assert places(two_clinics("market", here=False)) == [market]


def test_follow_on_visits_that_no_clinic_sees_are_lost_and_it_is_said() -> None:
    facts = established(two_clinics("same", here=False))
    assert len(facts.pathways.leaving) == 0
    assert any("follow-on visits of Ortho to Scan from 1 of 1 clinics (North) find no clinic" in n for n in facts.notes)


def test_a_pathway_that_no_patient_begins_is_told() -> None:
    facts = established(care(pathways=[SCANS], campaigns=[campaign("A", line="Therapy")], tables={
        "patient_value": [{"service_line": "Therapy", **WORTH}],
    }))  # fmt: skip
    assert "care_pathways: 1 pathways leave a line that no patient of the plan comes to" in facts.notes


def test_a_blank_margin_is_what_the_lines_own_patients_are_worth() -> None:
    value = [{"service_line": "Ortho", **WORTH}, {"service_line": "Scan", **WORTH, "ltv_margin": 70.0}]
    blank = {**SCANS, "margin": float("nan")}
    facts = established(care(pathways=[blank, THERAPY], tables={"patient_value": value}))
    assert facts.pathways.worth(facts.visit_worth).tolist() == [70.0, 50.0]


def test_a_blank_margin_of_a_line_without_value() -> None:
    assert "patient_value:0 no row for location 'North', service_line 'Scan'" in refused(
        care(pathways=[{**SCANS, "margin": float("nan")}])
    )


@pytest.mark.parametrize("objective", ["visits", "bookings"])
def test_follow_on_visits_count_one_where_visits_are_counted(objective: str) -> None:
    facts = established(care(objective=objective))
    assert facts.pathways.worth(facts.visit_worth).tolist() == [1.0, 1.0]


def test_a_circle_is_refused() -> None:
    back = {**THERAPY, "to_line": "Ortho"}
    found = refused(care(pathways=[SCANS, back]))
    assert "care_pathways:2 visits of 'Ortho' lead to 'Scan' and from there back to 'Ortho', again" in found
    assert "care_pathways:2 visits of 'Ortho' lead to 'Ortho'" in refused(
        care(pathways=[{**SCANS, "to_line": "Ortho"}])
    )


@pytest.mark.parametrize(("margin", "holds"), [(100.0, True), (99.0, False)])
def test_patients_who_are_sent_on_do_not_come_after_new_ones(margin: float, holds: bool) -> None:
    given = care(pathways=[{**SCANS, "margin": margin}], campaigns=ASKED, tables={"patient_value": BOTH})
    if holds:
        established(given)
    else:
        assert "care_pathways:2 a follow-on visit at North Scan is worth 99.00, a new patient's 100.00" in refused(
            given
        )


@pytest.mark.parametrize(("multiplier", "holds"), [(0.5, True), (1.0, True), (1.01, False)])
def test_new_patients_of_a_channel_do_not_come_before_those_who_are_sent_on(multiplier: float, holds: bool) -> None:
    """Scans are worth 100 to those sent on, and 100 times the multiplier to new patients of the channel."""
    scenario = care(
        pathways=[{**SCANS, "margin": 100.0}],
        campaigns=[campaign("A", line="Ortho"), campaign("B", line="Scan", channel="Social")],
        tables={
            "patient_value": [{"service_line": line, **WORTH} for line in ("Ortho", "Scan")],
            "channels": [{"channel": "Search"}, {"channel": "Social", "value_multiplier": multiplier}],
        },
    )
    if holds:
        assert len(established(scenario).units) == 2
    else:
        assert "patients who are sent on would come after new ones" in refused(scenario)


def test_patients_are_not_ranked_by_where_they_come_from() -> None:
    cheaper = {**SCANS, "from_line": "Therapy", "margin": 150.0}
    asked = [campaign("A", line="Ortho"), campaign("B", line="Therapy", channel="Social")]
    value = [{"service_line": line, **WORTH} for line in ("Ortho", "Therapy")]
    found = refused(care(pathways=[SCANS, cheaper], campaigns=asked, tables={"patient_value": value}))
    assert "care_pathways:3 a follow-on visit at North Scan is worth 150.00 from 'Therapy' and 200.00 from" in found


@pytest.mark.parametrize(
    ("said", "margin", "objective", "message"),
    [
        ("", 200.0, "ltv", "it is not said whether ltv_margin counts that already"),
        ("yes", 200.0, "ltv", "counts follow-on visits, and care_pathways:2 counts them again"),
        ("yes", 0.0, "ltv", ""),
        ("", 0.0, "ltv", ""),
        ("", 200.0, "first_visit_margin", ""),
        ("no", 200.0, "ltv", ""),
    ],
)
def test_nothing_is_counted_twice(said: str, margin: float, objective: str, message: str) -> None:
    value = [{"service_line": "Ortho", **WORTH, "includes_downstream": said}]
    given = care(pathways=[{**SCANS, "margin": margin}], objective=objective, tables={"patient_value": value})
    if message:
        assert message in refused(given)
    else:
        established(given)


def test_patients_who_wait_where_nobody_books_are_not_passed_over() -> None:
    waiting = [{**row, "waitlist": 3.0 if row["week"] == WEEKS[0] else 0.0} for row in slots("Scan", 9)]
    found = refused(care(pathways=[SCANS], tables={"appointment_capacity": [*slots("Ortho", 9), *waiting]}))
    assert "patients wait for Scan at North, where only follow-on visits are planned" in found


def test_lines_without_campaigns_need_no_show_rates_and_no_team() -> None:
    shows = [{"service_line": "Ortho", "weeks_waited": 0, "kept_share": 1.0, "show_rate": 0.8}]
    facts = established(care(tables={"show_rates": shows}))
    assert facts.takes_new.tolist() == [True, False, False]
    assert facts.kept.tolist() == [[1.0], [0.0], [0.0]]


def with_resource(minutes: list[Mapping[str, Any]], uses: list[Mapping[str, Any]]) -> Scenario:
    return care(tables={"shared_resources": minutes, "resource_use": uses})


def test_minutes_of_a_clinics_own_row_go_before_those_of_all() -> None:
    facts = established(with_resource([MINUTES], [{**USE, "location": "North", "minutes_per_visit": 5.0}, USE]))
    assert facts.resources.minutes.tolist() == [[5.0, 0.0, 0.0]]
    assert facts.resources.available.tolist() == [[700.0] * 4]
    assert any(note.startswith("shared_resources: 1 of 1 rows end before") for note in facts.notes)


@pytest.mark.parametrize(
    ("minutes", "uses", "message"),
    [
        ([MINUTES], [{**USE, "resource": "CT"}], "resource 'CT' is not a shared resource"),
        ([], [USE], "resource 'MRI' is not a shared resource -> none is known; add the table that names them"),
        ([MINUTES], [], "shared_resources:2 no visit uses the resource 'MRI'"),
        ([MINUTES], [USE, {**USE, "service_line": "Therapy", "location": "South"}], "'South' is not a clinic"),
        ([{**MINUTES, "week": WEEKS[1]}], [USE], f"resource 'MRI' has no row for {WEEKS[0]}"),
    ],
)
def test_resources_that_make_no_sense(
    minutes: list[Mapping[str, Any]], uses: list[Mapping[str, Any]], message: str
) -> None:
    assert message in refused(with_resource(minutes, uses))


def test_a_use_by_a_line_that_nobody_of_the_plan_visits() -> None:
    given = care(pathways=[SCANS], tables={
        "shared_resources": [MINUTES], "resource_use": [USE, {**USE, "service_line": "Therapy"}],
    })  # fmt: skip
    assert "resource_use:3 no visit of the plan is to 'Therapy'" in refused(given)
