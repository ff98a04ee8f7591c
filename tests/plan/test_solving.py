"""Rounds of refinement: which weeks need finer steps, and that the others keep theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.model.limits import over_limits_on_leads
from optimizer.model.setting import Setting, established, planning, refined
from optimizer.model.spend_steps import with_finer
from optimizer.plan import solving
from optimizer.plan.outcome import evaluate
from optimizer.plan.solving import Clock, Solving, silent
from optimizer.response.forecast import todays_spend
from optimizer.scenario.facts import Facts
from tests.small import WEEKS, campaign, line_curve, small

MARKETS = Path(__file__).parents[2] / "scenarios" / "three_markets"


@pytest.fixture(scope="module")
def facts() -> Facts:
    return established(api.load(MARKETS))


def test_the_fewest_weeks_are_those_with_the_greatest_gaps() -> None:
    """Without 5 and 4 the others add up to 3; a rest of 2.9 leaves one of them too many."""
    gaps = np.array([[1.0, 5.0], [4.0, 2.0]])
    assert solving._greatest(gaps, 3.0).tolist() == [[False, True], [True, False]]
    assert solving._greatest(gaps, 2.9).tolist() == [[False, True], [True, True]]
    assert not solving._greatest(gaps, 12.0).any()


def test_steps_are_finer_in_some_weeks_and_the_same_in_others(facts: Facts) -> None:
    setting = planning(facts)
    today = todays_spend(facts)
    finer = refined(setting, today, today, 0)
    weeks = np.zeros(today.shape, dtype=bool)
    weeks[::3, 1] = True
    steps = with_finer(setting.steps, finer.steps, weeks)

    def of(setting: Setting, chosen: np.ndarray) -> list[list[float]]:
        here = chosen[setting.steps.campaign, setting.steps.week]
        return [getattr(setting.steps, part)[here].tolist() for part in ("campaign", "week", "step", "start", "slope")]

    mixed = Setting(facts, setting.curves, steps, setting.carried, setting.intake, setting.mix)
    assert of(mixed, weeks) == of(finer, weeks)
    assert of(mixed, ~weeks) == of(setting, ~weeks)
    position = np.stack([steps.campaign, steps.week, steps.step])
    assert (np.lexsort(position[::-1]) == np.arange(position.shape[1])).all()


def test_a_second_turn_changes_few_steps_and_halves_the_gap(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Solving("highs", 60.0, 1.0, Clock(silent))
    first = ask.answer(planning(facts), evaluate(facts, todays_spend(facts)).solved)
    once = ask.answer(first.finer(0), first.solved)
    monkeypatch.setattr(solving, "TARGET_SHARE", once.gap / once.solution.objective / 2)
    again = once.finer(1)
    same = len(np.intersect1d(_ends(again), _ends(once.setting)))
    assert same > 0.8 * len(once.setting.steps.start)
    twice = ask.answer(again, once.solved)
    assert twice.gap < 0.6 * once.gap
    assert twice.solution.iterations < once.solution.iterations / 2
    assert twice.solution.objective >= once.solution.objective - 1e-3


def _ends(setting: Setting) -> np.ndarray:
    """One number for each step: where it ends, of which campaign and week."""
    steps = setting.steps
    return np.round(steps.start + steps.width, 2) + 1e7 * (steps.campaign * setting.facts.planned + steps.week)


def test_leads_over_their_limit_on_the_curves_are_found() -> None:
    """A brings 0.05 leads a unit of money, B as many; at most 20 leads of A: 400 are allowed, 401 are too much."""
    told = small(
        [campaign("A"), campaign("B", channel="B")],
        [line_curve("A", 0.05, 1000), line_curve("B", 0.05, 1000)],
        weeks=1,
        tables={"limits": [{"limit": "Rule", "quantity": "leads", "campaign": "A", "first_week": WEEKS[0], "max": 20}]},
    )
    setting = planning(established(told))
    spend = np.array([[400.0], [900.0]])
    assert over_limits_on_leads(setting, spend, 1e-8).tolist() == [False, False]
    assert over_limits_on_leads(setting, spend + 1, 1e-8).tolist() == [True, False]
    assert over_limits_on_leads(setting, spend + 1, 0.1).tolist() == [False, False]
