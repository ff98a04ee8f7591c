"""The output folder of a calibration, written under a temporary name and renamed, so that there is never half of one.

``response_curves.csv``, and ``channels.csv`` and ``seasonality.csv`` where these were estimated, are tables of a
scenario as they stand. ``calibration.csv`` and ``calibration.json`` tell how far the curves can be trusted,
``outliers.csv`` which weeks counted less, ``forecasts.csv`` how the test went.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.calibration.calibrate import Calibration
from optimizer.calibration.charts import charts
from optimizer.calibration.files import csv_text, inert, new_folder, require_new
from optimizer.calibration.seasons import demand_of, waves
from optimizer.errors import Finding, VerificationError
from optimizer.response.curves import curve_problems, curves_from_rows
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import LEAD_WEEKS, TABLES

SCHEMA = 1
_AGREES = 1e-4
"""Relative difference between what was estimated and what the written curve says, above which nothing is written."""
_YEAR = 52


def write_calibration(found: Calibration, folder: Path) -> list[str]:
    """Write a calibration into a new folder.

    Args:
        found: What to write.
        folder: A folder that is not there yet.

    Returns:
        Names of the files written.

    Raises:
        UsageError: the folder is there already.
        StorageError: it cannot be written; nothing is left behind.
        VerificationError: a written curve does not say what was estimated; nothing is left behind.
    """
    require_new(folder)
    texts = _texts(found)
    _check_curves(found, texts["response_curves.csv"])
    texts |= charts(found)
    new_folder(folder, texts)
    return sorted(texts)


def _texts(found: Calibration) -> dict[str, str]:
    """What goes into each file but the charts."""
    tables = {
        "response_curves.csv": found.curves,
        "calibration.csv": inert(found.table),
        "outliers.csv": inert(found.outliers),
    }
    if found.holdout is not None:
        tables["forecasts.csv"] = inert(found.holdout.frame)
    tables |= {name: frame for name, frame in _estimated_tables(found).items() if len(frame)}
    texts = {name: csv_text(frame) for name, frame in tables.items()}
    return {**texts, "calibration.json": _json(calibration_facts(found))}


def _estimated_tables(found: Calibration) -> Mapping[str, pd.DataFrame]:
    """Tables of a scenario with what the curves take for granted: lag profiles and seasons that were estimated."""
    tables = {}
    if not found.share_given:
        shares = pd.DataFrame(found.share, columns=[f"lead_share_week_{lag}" for lag in range(LEAD_WEEKS)])
        profile = found.history.campaigns[["channel"]].join(shares).drop_duplicates("channel")
        tables["channels.csv"] = profile[profile["channel"] != ""].sort_values("channel")
    if found.estimate.size.shape[1]:
        tables["seasonality.csv"] = _season_rows(found)
    return tables


def _season_rows(found: Calibration) -> pd.DataFrame:
    """Demand of each line in the year after the history."""
    after = dt.date.fromisoformat(str(found.history.weeks[-1])) + dt.timedelta(weeks=1)
    weeks = [(after + dt.timedelta(weeks=step)).isoformat() for step in range(_YEAR)]
    demand = demand_of(found.estimate.size, waves(weeks))
    lines = sorted(set(found.history.campaigns["service_line"]))
    return pd.DataFrame(
        {
            "service_line": np.repeat(lines, _YEAR),
            "week": weeks * len(lines),
            "demand_index": np.round(demand.ravel(), 4),
        }
    )


def calibration_facts(found: Calibration) -> dict[str, object]:
    """What was found of all campaigns together, as plain values; money in the currency of the history."""
    history, population = found.history, found.estimate.population
    return {
        "schema": SCHEMA,
        "tool_version": version("capacity-budget-optimizer"),
        "history": history.name,
        "first_week": str(history.weeks[0]),
        "last_week": str(history.weeks[-1]),
        "campaigns": len(history.campaigns),
        "quality": {str(code): int(count) for code, count in found.table["data_quality"].value_counts().items()},
        "form": found.estimate.form,
        "forms_log_evidence": {form: round(value, 3) for form, value in found.forms.items()},
        "lead_lags": "given" if found.share_given else "estimated",
        "seasons": "estimated" if found.estimate.size.shape[1] else "given, or none",
        "weeks_that_tell_as_much_as_one": round(found.estimate.repetition, 4),
        "spread_of_a_kind": [round(float(one), 6) for one in population.spread],
        "outlier_weeks": len(found.outliers),
        "test": _test_facts(found),
        "curves": json.loads(inert(found.table).to_json(orient="records", double_precision=10)),
    }


def _test_facts(found: Calibration) -> dict[str, object] | None:
    if found.holdout is None:
        return None
    scores = found.holdout
    return {
        "weeks": int(scores.frame["week"].nunique()),
        "campaigns_without_earlier_weeks": scores.unscored,
        "error": _finite(scores.error()),
        "error_recent_cost": _finite(scores.error("by_recent_cost")),
        "error_flat_cost": _finite(scores.error("by_flat_cost")),
        "coverage_of_90_percent_intervals": _finite(scores.coverage),
    }


def _finite(number: float) -> float | None:
    return round(number, 6) if np.isfinite(number) else None


def _check_curves(found: Calibration, text: str) -> None:
    """Read the curves as a scenario reads them, and refuse them unless they say what was estimated.

    Raises:
        VerificationError: with every campaign whose written curve differs.
    """
    name = "response_curves"
    table, problems = table_of_sheet(TABLES[name], read_csv(text.encode(), f"{name}.csv"), f"{name}.csv")
    if problems:
        raise VerificationError([Finding("written_curve", str(problem)) for problem in problems], "file of curves")
    wrong = curve_problems(table.frame)
    if wrong:
        raise VerificationError([Finding("written_curve", problem.message) for problem in wrong], "file of curves")
    mine = (table.frame["campaign"] != "").to_numpy()
    estimated = found.table.set_index("campaign").loc[table.frame["campaign"][mine]]
    names = table.frame["campaign"][mine].tolist()
    spend = estimated["spend_today"].to_numpy(float)
    said = curves_from_rows(table.frame[mine].reset_index(drop=True)).leads(spend)
    apart = np.abs(said / estimated["leads_today"].to_numpy(float) - 1.0)
    findings = [
        Finding("written_curve", f"the curve of {names[row]} differs by {apart[row]:.2%}", float(apart[row]))
        for row in np.flatnonzero(~(apart <= _AGREES))
    ]
    if findings:
        raise VerificationError(findings, "file of curves")


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
