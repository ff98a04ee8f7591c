"""Curves of PyMC-Marketing: each saturation and adstock by its published formula, simulated period by period."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.calibration.importers.pymc_marketing import SATURATIONS
from optimizer.errors import UsageError
from tests.calibration.imports import refused, written_leads

SPEND = np.array([0.0, 50.0, 400.0, 1900.0, 5000.0, 6200.0])
SCALE, TARGET = 5000.0, 300.0
ASKED = {"period": "week", "outcome": "leads", "as_of": "2026-08-31"}

FORMULAS: dict[str, tuple[dict[str, float], Callable[[float], float]]] = {
    "logistic": ({"lam": 3.0, "beta": 0.4}, lambda x: 0.4 * (1 - math.exp(-3 * x)) / (1 + math.exp(-3 * x))),
    "inverse_scaled_logistic": (
        {"lam": 0.3, "beta": 0.4},
        lambda x: 0.4 * (1 - math.exp(-x * math.log(3) / 0.3)) / (1 + math.exp(-x * math.log(3) / 0.3)),
    ),
    "tanh": ({"b": 0.5, "c": 0.8}, lambda x: 0.5 * math.tanh(x / (0.5 * 0.8))),
    "tanh_baselined": (
        {"x0": 0.4, "gain": 0.9, "r": 0.6, "beta": 1.5},
        lambda x: 1.5 * 0.9 * 0.4 * math.tanh(x * math.atanh(0.6) / 0.4) / 0.6,
    ),
    "michaelis_menten": ({"alpha": 0.7, "lam": 0.5}, lambda x: 0.7 * x / (0.5 + x)),
    "hill": ({"slope": 1.4, "kappa": 0.6, "beta": 0.8}, lambda x: 0.8 * (1 - 0.6**1.4 / (0.6**1.4 + x**1.4))),
    "root": ({"alpha": 0.6, "beta": 0.5}, lambda x: 0.5 * x**0.6),
    "hill_sigmoid": (
        {"sigma": 0.9, "beta": 4.0, "lam": 0.4},
        lambda x: 0.9 / (1 + math.exp(-4 * (x - 0.4))) - 0.9 / (1 + math.exp(4 * 0.4)),
    ),
}  # fmt: skip
ADSTOCKS: dict[str, tuple[dict[str, object], Callable[[int], float]]] = {
    "none": ({}, lambda lag: float(lag == 0)),
    "geometric": ({"adstock_alpha": 0.5, "l_max": 8, "normalize": "no"}, lambda lag: 0.5**lag),
    "delayed": (
        {"adstock_alpha": 0.6, "adstock_theta": 2, "l_max": 6, "normalize": "no"}, lambda lag: 0.6 ** (lag - 2) ** 2
    ),
}  # fmt: skip


def row(saturation: str, adstock: str = "none", /, **changes: object) -> dict[str, object]:
    parameters = {f"saturation_{name}": value for name, value in FORMULAS[saturation][0].items()}
    made = {"channel": "social", "saturation": saturation, "adstock": adstock, **parameters, **ADSTOCKS[adstock][0]}
    return {**made, "channel_scale": SCALE, "target_scale": TARGET, **changes}


def written(folder: Path, *rows: dict[str, object]) -> Path:
    columns = list(dict.fromkeys(name for one in rows for name in one))
    lines = [",".join(columns), *(",".join(str(one.get(name, "")) for name in columns) for one in rows)]
    path = folder / "parameters.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def simulated(saturation: str, adstock: str, spend: float, *, normalized: bool = False) -> float:
    """Outcome of the 30th period of the same spend: weights over the past, scaled, saturated, scaled back."""
    count = int(str(ADSTOCKS[adstock][0].get("l_max", 1)))
    weights = [ADSTOCKS[adstock][1](lag) for lag in range(count)]
    total = sum(weights) if normalized else 1.0
    past = [spend / SCALE] * 30
    carried = sum(weight / total * past[29 - lag] for lag, weight in enumerate(weights))
    return TARGET * FORMULAS[saturation][1](carried)


def test_every_saturation_is_tried() -> None:
    assert set(FORMULAS) == set(SATURATIONS)


@pytest.mark.parametrize("adstock", ADSTOCKS)
@pytest.mark.parametrize("saturation", FORMULAS)
def test_the_curve_is_the_models_response_to_steady_spend(saturation: str, adstock: str, tmp_path: Path) -> None:
    made = api.import_curves("pymc-marketing", [written(tmp_path, row(saturation, adstock))], **ASKED)
    expected = [simulated(saturation, adstock, money) for money in SPEND]
    within = 1e-6
    if made.curves["form"].iloc[0] == "points":
        assert 0 < made.report["difference"].iloc[0] <= 1.1e-3
        within = made.report["difference"].iloc[0] * simulated(saturation, adstock, 2 * SCALE) + 1e-9
    assert written_leads(made, tmp_path, SPEND)[0] == pytest.approx(expected, abs=within)
    assert made.curves["observed_max_weekly_spend"].iloc[0] == SCALE


@pytest.mark.parametrize("adstock", ["geometric", "delayed"])
def test_normalized_weights_leave_steady_spend_as_it_is(adstock: str, tmp_path: Path) -> None:
    path = written(tmp_path, row("michaelis_menten", adstock, normalize="yes"))
    made = api.import_curves("pymc-marketing", [path], **ASKED)
    expected = [simulated("michaelis_menten", adstock, money, normalized=True) for money in SPEND]
    assert written_leads(made, tmp_path, SPEND)[0] == pytest.approx(expected, abs=1e-6)


def test_hand_worked(tmp_path: Path) -> None:
    """Half of 0.7 * 300 = 210 leads come where the scaled spend is 0.5: at 2,500 of 5,000.

    With alpha 1 over 2 periods every dollar counts twice, so 1,250 do.
    """
    twice = {"adstock_alpha": 1.0, "l_max": 2, "normalize": "no"}
    path = written(tmp_path, row("michaelis_menten"), row("michaelis_menten", "geometric", channel="b", **twice))
    made = api.import_curves("pymc-marketing", [path], **ASKED)
    assert made.curves["max_leads"].tolist() == pytest.approx([210, 210])
    assert sorted(made.curves["half_spend"]) == pytest.approx([1250, 2500])


def test_money_and_days(tmp_path: Path) -> None:
    """A daily model of revenue: a week of 7 s brings 7 times the revenue of a day, at 40 a lead."""
    path = written(tmp_path, row("hill"))
    made = api.import_curves(
        "pymc-marketing", [path], period="day", outcome="money", value_per_lead=40, as_of="2026-08-31"
    )
    expected = [7 * simulated("hill", "none", money / 7) / 40 for money in SPEND]
    assert written_leads(made, tmp_path, SPEND)[0] == pytest.approx(expected, abs=1e-6)
    assert made.curves["observed_max_weekly_spend"].iloc[0] == 7 * SCALE
    assert made.report["s_shaped"].all()


def test_scales_are_needed(tmp_path: Path) -> None:
    scaleless = {name: cell for name, cell in row("logistic").items() if name != "channel_scale"}
    (problem,) = refused(lambda: api.import_curves("pymc-marketing", [written(tmp_path, scaleless)], **ASKED))
    assert "channel_scale" in problem.message
    assert problem.line == 1


@pytest.mark.parametrize(
    ("made", "column", "says"),
    [
        (row("logistic", saturation="logistik"), "saturation", "did you mean 'logistic'"),
        (row("logistic", saturation_lam=""), "saturation_lam", "is blank"),
        (row("logistic", saturation_kappa=2), "saturation_kappa", "in vain"),
        (row("hill", saturation_slope=0), "saturation_slope", "no saturating curve"),
        (row("hill", saturation_slope=30), "slope", "above the most allowed"),
        (row("root", saturation_alpha=1.2), "saturation_alpha", "no saturating curve"),
        (row("tanh_baselined", saturation_r=1), "saturation_r", "no saturating curve"),
        (row("logistic", "geometric", normalize=""), "normalize", "is blank"),
        (row("logistic", "geometric", l_max=0), "l_max", "below the least"),
        (row("logistic", "geometric", adstock_alpha=1.5), "adstock_alpha", "above the most"),
        (row("logistic", "none", adstock="weibull"), "adstock", "is none of"),
        (row("logistic", patient_id=3), "patient_id", "single patients"),
        (row("logistic", target_scale=0), "target_scale", "below the least"),
    ],
)
def test_rows_that_make_no_curve(made: dict[str, object], column: str, says: str, tmp_path: Path) -> None:
    (problem,) = refused(lambda: api.import_curves("pymc-marketing", [written(tmp_path, made)], **ASKED))
    assert problem.column == column
    assert says in f"{problem.message} {problem.hint}"


def test_what_the_table_does_not_say_is_asked(tmp_path: Path) -> None:
    path = written(tmp_path, row("logistic"))
    for name, says in (("period", "--period"), ("outcome", "--outcome"), ("as_of", "--as-of")):
        with pytest.raises(UsageError, match=says):
            api.import_curves("pymc-marketing", [path], **{**ASKED, name: ""})
    with pytest.raises(UsageError, match="--value-per-lead"):
        api.import_curves("pymc-marketing", [path], **{**ASKED, "outcome": "money"})
    with pytest.raises(UsageError, match="no period"):
        api.import_curves("pymc-marketing", [path], **{**ASKED, "period": "month"})
