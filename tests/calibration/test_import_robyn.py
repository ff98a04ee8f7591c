"""Curves of Robyn: the written Hill curve is the model's own response to steady spend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer import api
from optimizer.errors import UsageError
from tests.calibration.imports import Floats, refused, settled, written_leads

SPEND = np.array([0.0, 100.0, 700.0, 1500.0, 4000.0])
CHANNELS = {"search_S": (0.8, 0.4, 0.3, 90.0), "tv_S": (2.2, 0.6, 0.7, 150.0)}
"""alpha, gamma, theta, coefficient."""


def weekly_spend() -> dict[str, Floats]:
    rng = np.random.default_rng(7)
    return {name: np.round(rng.uniform(200, 3000, 60), 2) for name in CHANNELS}


def model(**changes: Any) -> dict[str, Any]:
    """A model as ``robyn_write`` writes it: every value a list of one, with data; the window is rows 6 to 60."""
    spend = weekly_spend()
    hyper = {}
    for name, (alpha, gamma, theta, _) in CHANNELS.items():
        hyper |= {f"{name}_alphas": [alpha], f"{name}_gammas": [gamma], f"{name}_thetas": [theta]}
    rows = [{"DATE": f"row {row}", **{name: spend[name][row] for name in spend}} for row in range(60)]
    inputs = {
        "intervalType": ["week"], "dep_var_type": ["conversion"], "adstock": ["geometric"],
        "paid_media_spends": list(CHANNELS), "rollingWindowStartWhich": [6], "rollingWindowEndWhich": [60],
        "window_end": ["2026-08-31"],
    }  # fmt: skip
    summary = [{"variable": "(Intercept)", "coef": 40.0}, *({"variable": n, "coef": c[3]} for n, c in CHANNELS.items())]
    return {
        "InputCollect": inputs | changes,
        "ExportedModel": {"select_model": ["1_2_3"], "summary": summary, "hyper_values": hyper},
        "Extras": {"raw_data": rows},
    }


def written(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "RobynModel-1_2_3.json"
    path.write_text(json.dumps(data))
    return path


def own_response(name: str, spend: float) -> float:
    """By the published formulas: adstock of the data, range over the window, Hill at the settled carried-over spend."""
    alpha, gamma, theta, coefficient = CHANNELS[name]
    adstocked, carried = [], 0.0
    for money in weekly_spend()[name]:
        carried = money + theta * carried
        adstocked.append(carried)
    window = adstocked[5:60]
    inflexion = min(window) * (1 - gamma) + max(window) * gamma
    x = settled(spend, theta)
    return float(coefficient * x**alpha / (x**alpha + inflexion**alpha))


def test_the_curve_is_the_models_response_to_steady_spend(tmp_path: Path) -> None:
    made = api.import_curves("robyn", [written(tmp_path, model())])
    expected = [[own_response(name, money) for money in SPEND] for name in CHANNELS]
    assert written_leads(made, tmp_path, SPEND) == pytest.approx(np.array(expected), abs=1e-6)
    assert made.curves["source"].str.contains("Robyn model 1_2_3, RobynModel-1_2_3.json").all()
    assert set(made.curves["as_of"]) == {"2026-08-31"}
    assert made.report["s_shaped"].tolist() == [False, True]
    assert any("S-shaped" in note and "tv_S" in note and "search_S" not in note for note in made.notes)


def test_hand_worked(tmp_path: Path) -> None:
    """theta 0.5, spend 100 then 200: carried over 100, 250. gamma 0.4: g = 0.6 * 100 + 0.4 * 250 = 160.

    Half the leads come at a steady 160 * (1 - 0.5) = 80 a week; the most kept up that was seen is 250 * 0.5 = 125,
    less than the 200 of the single week.
    """
    data = model(paid_media_spends=["a"], rollingWindowStartWhich=[1], rollingWindowEndWhich=[2])
    data["Extras"]["raw_data"] = [{"a": 100}, {"a": 200}]
    data["ExportedModel"]["summary"] = [{"variable": "a", "coef": 30}]
    data["ExportedModel"]["hyper_values"] = {"a_alphas": [1], "a_gammas": [0.4], "a_thetas": [0.5]}
    made = api.import_curves("robyn", [written(tmp_path, data)])
    (row,) = made.curves.to_dict("records")
    assert (row["max_leads"], row["half_spend"], row["slope"]) == pytest.approx((30, 80, 1))
    assert row["observed_max_weekly_spend"] == pytest.approx(125)
    assert any("up to 200" in note and "more than 125 a week" in note for note in made.notes)


def test_a_daily_model_is_seven_days_a_week(tmp_path: Path) -> None:
    """A steady week of 7 s is 7 days of s, each with the response of the daily model."""
    made = api.import_curves("robyn", [written(tmp_path, model(intervalType=["day"]))])
    expected = [[7 * own_response(name, money / 7) for money in SPEND] for name in CHANNELS]
    assert written_leads(made, tmp_path, SPEND) == pytest.approx(np.array(expected), abs=1e-6)


def test_revenue_becomes_leads_only_by_what_a_lead_is_worth(tmp_path: Path) -> None:
    path = written(tmp_path, model(dep_var_type=["revenue"]))
    (problem,) = refused(lambda: api.import_curves("robyn", [path]))
    assert problem.column == "InputCollect.dep_var_type"
    assert "--value-per-lead" in problem.hint
    made = api.import_curves("robyn", [path], value_per_lead=50.0)
    expected = [[own_response(name, money) / 50 for money in SPEND] for name in CHANNELS]
    assert written_leads(made, tmp_path, SPEND) == pytest.approx(np.array(expected), abs=1e-6)


def test_a_channel_without_effect_has_no_curve(tmp_path: Path) -> None:
    data = model()
    data["ExportedModel"]["summary"][1]["coef"] = 0
    made = api.import_curves("robyn", [written(tmp_path, data)])
    assert made.curves["campaign"].tolist() == ["tv_S"]
    assert any("'search_S' has no effect" in note for note in made.notes)


def test_everything_wrong_is_told_with_its_path(tmp_path: Path) -> None:
    data = model()
    data["ExportedModel"]["hyper_values"]["search_S_alfas"] = data["ExportedModel"]["hyper_values"].pop(
        "search_S_alphas"
    )
    data["ExportedModel"]["hyper_values"]["tv_S_thetas"] = [1.0]
    data["Extras"]["raw_data"][3]["search_S"] = "n/a"
    data["Extras"]["raw_data"][4]["search_S"] = 10**400
    found = {
        problem.column: problem for problem in refused(lambda: api.import_curves("robyn", [written(tmp_path, data)]))
    }
    assert set(found) == {
        "ExportedModel.hyper_values.search_S_alphas", "ExportedModel.hyper_values", "Extras.raw_data.3.search_S",
        "Extras.raw_data.4.search_S",
    }  # fmt: skip
    assert "search_S_alfas" in found["ExportedModel.hyper_values.search_S_alphas"].hint


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"adstock": ["weibull_cdf"]}, "InputCollect.adstock"),
        ({"intervalType": ["month"]}, "InputCollect.intervalType"),
        ({"dep_var_type": ["sessions"]}, "InputCollect.dep_var_type"),
        ({"rollingWindowEndWhich": [61]}, "InputCollect.rollingWindowStartWhich"),
        ({"paid_media_spends": ["search_S", "tv_S", "radio_S"]}, "ExportedModel.summary"),
    ],
)
def test_models_that_cannot_be_taken_over(changes: dict[str, Any], path: str, tmp_path: Path) -> None:
    found = refused(lambda: api.import_curves("robyn", [written(tmp_path, model(**changes))]))
    assert path in {problem.column for problem in found}


def test_a_model_without_its_data_is_refused(tmp_path: Path) -> None:
    data = model()
    del data["Extras"]
    (problem,) = refused(lambda: api.import_curves("robyn", [written(tmp_path, data)]))
    assert "add_data = TRUE" in problem.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("[1]", "no JSON object"),
        ('{"a": 1, "a": 2}', "'a' twice"),
        ('{"a": NaN}', "NaN"),
        ("[" * 100_000, "nested"),
    ],
)
def test_files_that_are_no_json_object(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    (problem,) = refused(lambda: api.import_curves("robyn", [path]))
    assert says in problem.message
    assert problem.file == "model.json"


def test_what_the_file_says_itself_is_not_asked(tmp_path: Path) -> None:
    path = written(tmp_path, model())
    with pytest.raises(UsageError, match="period"):
        api.import_curves("robyn", [path], period="week")
    with pytest.raises(UsageError, match="conversion"):
        api.import_curves("robyn", [path], outcome="money", value_per_lead=3)
