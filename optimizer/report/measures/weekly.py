"""The key figures of a review, as it computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.report.measures.measure import ACCESS, INTAKE, MARKETING, REVIEW, Measure
from optimizer.weekly.kpis import KPIS

_OWNERS: Mapping[str, str] = {"routed_in_target": INTAKE, "complete_fields": ACCESS, "current_notes": MARKETING}

ACTIONS: Sequence[Measure] = tuple(
    Measure(
        kpi.name,
        kpi.title,
        "One of three shares that say whether the hand-over from marketing to operations works.",
        kpi.formula,
        "share",
        _OWNERS[kpi.name],
        {REVIEW: (kpi.title,)},
    )
    for kpi in KPIS
)
"""Speed to lead, complete intake, and current notes."""
