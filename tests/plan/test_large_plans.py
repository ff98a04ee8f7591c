"""Plans that are made as those of very large groups are: the same plan, proven and checked alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from optimizer import api
from optimizer.lp import parts
from optimizer.plan.planner import Plan
from optimizer.scenario.read import Scenario
from optimizer.solve import in_parts
from optimizer.solve.in_parts import MoreRoom


@pytest.fixture(scope="module")
def group() -> Scenario:
    """Forty clinics in four markets, with every rule."""
    return api.generate(locations=40, lines=2, channels=2, weeks=3, seed=1)


@pytest.fixture(scope="module")
def whole(group: Scenario) -> Plan:
    return api.plan(group)


@pytest.fixture(scope="module")
def cut_out() -> list[int]:
    """Parts that were solved by themselves."""
    return []


@pytest.fixture(scope="module")
def in_markets(group: Scenario, cut_out: list[int]) -> Iterator[Plan]:
    """The plan with spend played market by market, and more room tried in the market that it belongs to."""
    apart = MoreRoom._apart
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "LEAST_COLUMNS", 300)
        patched.setattr(in_parts, "MANY_COLUMNS", 1)
        patched.setattr(in_parts, "VERY_MANY_COLUMNS", 1)
        patched.setattr(MoreRoom, "_apart", lambda room, part: (cut_out.append(part), apart(room, part))[1])
        yield api.plan(group)


def test_the_plan_is_the_same(in_markets: Plan, whole: Plan) -> None:
    assert np.abs(in_markets.outcome.spend - whole.outcome.spend).max() <= 0.01
    assert in_markets.value == pytest.approx(whole.value, abs=1.0)
    assert in_markets.today.value == pytest.approx(whole.today.value, abs=0.01)
    assert in_markets.status is whole.status


def test_more_room_brings_at_least_what_is_told(in_markets: Plan, whole: Plan, cut_out: list[int]) -> None:
    """In its own market alone no more than in the whole, and here almost as much."""
    assert len(set(cut_out)) >= 3
    told, known = (
        {(item["kind"], item["place"]): item["gain"] for item in plan.summary["tight"]}  # type: ignore[attr-defined]
        for plan in (in_markets, whole)
    )
    assert told.keys() == known.keys()
    assert all(told[place] <= known[place] + 0.01 for place in known)
    assert sum(told.values()) >= 0.9 * sum(known.values()) > 0
