"""Calibrations of small histories: short, without seasons, with fits that do not end; and backtests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.calibration.calibrate import Calibration, backtest, calibrate, chosen
from optimizer.calibration.history import History
from optimizer.errors import UsageError
from optimizer.scenario.match import Floats
from tests.calibration.weekly import history, monday, rows


def curved(random: np.random.Generator, weeks: int) -> tuple[Floats, Floats]:
    """Spend between 100 and 3,000 dollars, and leads of a curve with at most 60, half of them at 1,000 dollars."""
    spend = np.round(random.uniform(100, 3000, weeks), 2)
    return spend, random.poisson(60 * spend / (1000 + spend)).astype(float)


def market(weeks: int, campaigns: int = 6) -> History:
    random = np.random.default_rng(8)
    return history(*(rows(f"c{number}", *curved(random, weeks)) for number in range(campaigns)))


@pytest.fixture(scope="module")
def found() -> Calibration:
    """The calibration of a market of sixty weeks."""
    return calibrate(market(60))


@pytest.fixture(scope="module")
def alone() -> tuple[Floats, Floats, Calibration]:
    """Spend and leads of a campaign with nobody beside it to lean on, and what is found of it."""
    spend, leads = curved(np.random.default_rng(3), 60)
    return spend, leads, calibrate(history(rows("a", spend, leads)), holdout=0)


def test_a_curve_through_many_weeks_is_found() -> None:
    found = calibrate(market(100))
    assert found.table["leads_today"].to_numpy() == pytest.approx(
        60 * found.table["spend_today"] / (1000 + found.table["spend_today"]), rel=0.08
    )
    assert found.holdout is not None
    assert found.holdout.error() < 0.7 * found.holdout.error("by_flat_cost")
    assert set(found.table["data_quality"]) == {"own"}


def test_a_short_history_is_fitted_without_a_test() -> None:
    found = calibrate(market(15))
    assert found.holdout is None
    assert np.isfinite(found.table["leads_today"]).all()
    assert found.estimate.size.shape[1] == 0, "no seasons from less than a year"


def test_a_single_week_is_pooled_and_says_so() -> None:
    found = calibrate(market(1, campaigns=1))
    assert found.table["data_quality"].tolist() == ["pooled"]
    assert found.table["verdict"].iloc[0].startswith("Only 1 week: too few for a curve")


def test_a_campaign_that_never_spent_takes_the_curve_of_its_kind() -> None:
    frame = rows("resting", [0.0] * 60, [0] * 60)
    random = np.random.default_rng(8)
    found = calibrate(history(frame, *(rows(f"c{number}", *curved(random, 60)) for number in range(3))))
    row = found.table.set_index("campaign").loc["resting"]
    assert row["data_quality"] == "pooled"
    assert "never spent" in row["verdict"]
    others = found.table[found.table["campaign"] != "resting"]
    assert row["half_spend" if "half_spend" in found.table else "scale_spend"] == pytest.approx(
        others["half_spend" if "half_spend" in found.table else "scale_spend"].median(), rel=0.6
    )


def test_fits_that_do_not_end_are_named_and_have_no_curve() -> None:
    found = calibrate(market(60), steps=1, holdout=0)
    failed = found.table[found.table["data_quality"] == "failed"]
    assert len(failed)
    assert failed["verdict"].str.contains("did not come to an end").all()
    assert not set(failed["campaign"]) & set(found.curves["campaign"])


def test_given_demand_is_taken_and_no_seasons_are_sought() -> None:
    random = np.random.default_rng(1)
    demand = 1 + 0.5 * np.sin(np.arange(104) / 52 * 2 * np.pi)
    parts = []
    for number in range(4):
        spend = np.round(random.uniform(100, 3000, 104), 2)
        leads = random.poisson(demand * 60 * spend / (1000 + spend))
        parts.append(rows(f"c{number}", spend, leads, demand_index=np.round(demand, 4)))
    found = calibrate(history(*parts), holdout=0)
    assert found.estimate.size.shape[1] == 0
    normal = 60 * found.table["spend_today"] / (1000 + found.table["spend_today"])
    assert found.table["leads_today"].to_numpy() == pytest.approx(normal, rel=0.1)


def test_dear_media_is_counted_in_prices_of_a_normal_week(alone: tuple[Floats, Floats, Calibration]) -> None:
    """With prices doubled throughout, the curve is that of half the spend."""
    spend, leads, plain = alone
    dear = calibrate(history(rows("a", 2 * spend, leads, cost_index=2.0)), holdout=0)
    pd.testing.assert_frame_equal(dear.curves, plain.curves)
    pd.testing.assert_frame_equal(dear.table, plain.table)


def test_spend_in_weeks_that_do_not_count_still_makes_a_curve() -> None:
    """The only week with spend is the first, whose leads may stem from earlier spend."""
    found = calibrate(history(rows("a", [100.0, 0, 0, 0], [3, 2, 1, 0])))
    assert found.curves["observed_max_weekly_spend"].tolist() == [100.0]
    assert found.table["data_quality"].tolist() == ["pooled"]


@pytest.mark.parametrize("wrong", [0, 400, 10**6])
def test_one_wrong_count_moves_a_curve_by_little_and_is_named(
    wrong: int, alone: tuple[Floats, Floats, Calibration]
) -> None:
    """The last week of a campaign of about 30 leads a week."""
    spend, leads, right = alone
    spoiled = calibrate(history(rows("a", spend, np.append(leads[:-1], wrong))), holdout=0)
    assert spoiled.table["leads_today"].to_numpy() == pytest.approx(right.table["leads_today"].to_numpy(), rel=0.05)
    assert spoiled.outliers["week"].tolist() == [monday(59)]


def test_a_level_that_has_moved_of_late_is_the_level_of_the_curve() -> None:
    """Twenty campaigns whose leads per dollar went up by half, or down by a third, eight weeks ago."""
    random = np.random.default_rng(3)
    parts, factors = [], np.where(np.arange(20) % 2, 1.5, 1 / 1.5)
    for number, factor in enumerate(factors):
        spend = np.round(random.uniform(300, 3000, 80), 2)
        expected = 60 * spend / (1000 + spend) * np.where(np.arange(80) < 72, 1.0, factor)
        parts.append(rows(f"c{number:02d}", spend, random.poisson(expected)))
    found = calibrate(history(*parts), holdout=0)
    today = factors * 60 * found.table["spend_today"] / (1000 + found.table["spend_today"])
    before = today / factors
    apart, stayed = ((found.table["leads_today"] / level - 1).abs().mean() for level in (today, before))
    assert apart < 0.1
    assert stayed > 0.3


def test_a_second_run_is_the_same_and_tells_how_far_it_is(found: Calibration) -> None:
    told: list[float] = []
    again = calibrate(market(60), progress=lambda done, _: told.append(done))
    assert again.table.equals(found.table)
    assert again.curves.equals(found.curves)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_backtest_forecasts_each_week_from_those_before_it() -> None:
    """The forecast of the first tested week is the same whatever comes after it."""
    given = market(60)
    short, long = backtest(given.until(57), weeks=1), backtest(given, weeks=4)
    assert long.weeks == [str(week) for week in given.weeks[-4:]]
    first = long.scores.frame[long.scores.frame["week"] == long.weeks[0]].reset_index(drop=True)
    assert short.form == long.form
    assert first["forecast"].to_numpy() == pytest.approx(short.scores.frame["forecast"].to_numpy())
    assert long.scores.error() < long.scores.error("by_flat_cost")
    assert len(long.scores.frame) == 4 * 6


def test_the_simple_forecasts_by_hand() -> None:
    """Thirty weeks of 100 dollars and 10 leads, then four of 100 dollars and 5, then one of 200 dollars.

    The last four weeks say 200 / 20 = 10 leads; all weeks say 200 * 320 / 3400 = 18.8.
    """
    given = history(rows("a", [100.0] * 34 + [200.0], [10] * 30 + [5] * 4 + [9]))
    (row,) = backtest(given, weeks=1).scores.frame.to_dict("records")
    assert row["by_recent_cost"] == pytest.approx(10.0)
    assert row["by_flat_cost"] == pytest.approx(200 * 320 / 3400)


def test_a_backtest_needs_weeks_before_it() -> None:
    with pytest.raises(UsageError, match="needs 12 before"):
        backtest(market(15), weeks=8)


def test_hill_unless_another_form_is_clearly_likelier() -> None:
    assert chosen({"hill": -100.0, "log": -98.0, "exponential": -120.0}) == "hill"
    assert chosen({"hill": -100.0, "log": -96.0, "exponential": -120.0}) == "log"
