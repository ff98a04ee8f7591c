"""A clinic whose orthopaedics leads on to imaging and physical therapy: shared by the tests of follow-on visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.scenario.read import Scenario
from tests.small import WEEKS, campaign, line_curve, small

SCANS: Mapping[str, Any] = {"from_line": "Ortho", "to_line": "Scan", "share": 0.5, "lag_weeks": 1, "margin": 200.0}
THERAPY: Mapping[str, Any] = {"from_line": "Scan", "to_line": "Therapy", "share": 0.4, "lag_weeks": 2, "margin": 50.0}
WORTH: Mapping[str, Any] = {"first_visit_margin": 100.0, "ltv_margin": 100.0, "includes_downstream": "no"}


def slots(line: str, each: float, *, location: str = "North", weeks: int = len(WEEKS)) -> list[dict[str, Any]]:
    """Slots of a clinic's line, the same in every week."""
    return [
        {"location": location, "service_line": line, "week": week, "new_patient_slots": each} for week in WEEKS[:weeks]
    ]


def care(
    *,
    scans: float = 30,
    therapies: float = 10,
    pathways: Sequence[Mapping[str, Any]] = (SCANS, THERAPY),
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    campaigns: Sequence[Mapping[str, Any]] | None = None,
    leads_per_money: float = 0.1,
    most: float = 1000,
    **more: Any,
) -> Scenario:
    """Orthopaedics at North, 0.1 patients a dollar up to 1,000 dollars in one week, each worth 100.

    Half of them need a scan a week later, worth 200; four in ten of the scanned physical therapy two weeks after that,
    worth 50. Scans and therapies have no campaigns.
    """
    asked = [campaign("A", line="Ortho")] if campaigns is None else list(campaigns)
    return small(
        asked,
        [line_curve(str(row["campaign"]), leads_per_money, most) for row in asked],
        tables={
            "service_lines": [{"service_line": line} for line in ("Ortho", "Scan", "Therapy")],
            "appointment_capacity": [*slots("Ortho", 1000), *slots("Scan", scans), *slots("Therapy", therapies)],
            "patient_value": [{"service_line": "Ortho", **WORTH}],
            "care_pathways": list(pathways),
            **(tables or {}),
        },
        **{"policies": {"curve_steps": 1}, **more},
    )
