"""Shared resources of a plan: no minute is used that is not there, and every number of them is found again."""

from __future__ import annotations

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most, same_numbers
from optimizer.plan.recompute import Replay
from optimizer.plan.recompute_ground import Ground


def shared_resources(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where visits take more minutes than a resource has left, or its numbers are not what they are again."""
    shared = ground.shared
    if shared.available.empty:
        return []
    slots = plan.slots.mul(ground.units["slots_per_booking"], axis=0)
    used = shared.minutes.T @ slots
    again = {
        "minutes_available": shared.available,
        "minutes_baseline": shared.baseline,
        "minutes_used": used,
        "utilisation": ((used + shared.baseline) / shared.available).where(shared.available > 0, 0.0),
    }
    left = (shared.available - shared.baseline).clip(lower=0.0)
    return [
        *at_most("shared_resource", "minutes used", used, left),
        *same_numbers("resources", plan.sheets["resources"], again),
    ]
