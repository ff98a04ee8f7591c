"""What was estimated, as rows of ``response_curves`` and as a table for people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.calibration.estimate import Estimate
from optimizer.calibration.expectation import GROWTH, SHIFT, Weeks, arguments
from optimizer.calibration.history import History
from optimizer.calibration.holdout import FORECASTS, Scores
from optimizer.calibration.uncertainty import Doubtful, doubtful, log_idle, log_leads, log_marginal, log_parameter
from optimizer.calibration.verdict import FAILED, OWN, SHARED
from optimizer.response.forms import FORMS
from optimizer.scenario.match import Floats

_DIGITS = 7
"""Digits of a parameter that are written; plans and reports use the written ones."""
_RECENT = 4
_LEAST_OF_A_KIND = 3
"""Campaigns with a curve that a default of their line and channel needs."""


def parameters(estimate: Estimate) -> dict[str, Doubtful]:
    """The form's parameters with their standard errors, by column of ``response_curves``."""
    found = {}
    for number, name in enumerate(FORMS[estimate.form].parameters):
        log_of = log_parameter(estimate.form, estimate.weeks.usual, number)
        value = doubtful(log_of, estimate.fitted.theta, estimate.fitted.covariance)
        found[name] = replace(value, value=_shortened(value.value))
    return found


def _shortened(values: Floats) -> Floats:
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values])


def current_spend(history: History) -> Floats:
    """(I,) mean weekly spend of each campaign's last weeks, in prices of a normal week."""
    last = history.known.shape[1] - 1 - history.known[:, ::-1].argmax(axis=1)
    recent = history.known & (np.arange(history.known.shape[1]) > last[:, None] - _RECENT)
    return np.asarray((history.spend / history.cost * recent).sum(axis=1) / np.maximum(recent.sum(axis=1), 1))


def observed_most(weeks: Weeks) -> Floats:
    """(I,) highest weekly spend that a curve has seen, in prices of a normal week; weeks that do not fit left out.

    For a campaign none of whose weeks with spend count, that of the median campaign, or the usual one if there is none.
    """
    most = np.where(weeks.weight > 0.5, weeks.spend, 0.0).max(axis=1)
    seen = most > 0
    return np.asarray(np.where(seen, most, np.median(most[seen]) if seen.any() else weeks.usual))


def calibration_table(
    history: History, estimate: Estimate, judged: pd.DataFrame, scores: Scores | None
) -> pd.DataFrame:
    """A row per campaign: who it is, verdict, parameters with errors and intervals, and how the test went.

    Numbers at today's spend are those of the mean of the last four weeks, or of the usual spend where it rests. Like
    the curves themselves they are in prices of a normal week.
    """
    usual, theta, covariance = estimate.weeks.usual, estimate.fitted.theta, estimate.fitted.covariance
    current = current_spend(history)
    at = np.where(current > 0, current, usual)
    columns: dict[str, object] = {"spend_today": at, "observed_max_weekly_spend": observed_most(estimate.weeks)}
    columns |= {"form": estimate.form}
    doubts = parameters(estimate) | {
        "leads_today": doubtful(log_leads(estimate.form, usual, at), theta, covariance),
        "next_lead_cost": doubtful(log_marginal(estimate.form, usual, at), theta, covariance).inverse,
        "idle_leads": doubtful(log_idle(usual), theta, covariance),
        "yearly_growth": doubtful(lambda one: one[:, GROWTH], theta, covariance),
    }
    changed = (estimate.weeks.before * estimate.weeks.weight).sum(axis=1) > 0
    doubts["counted_before"] = doubtful(lambda one: one[:, SHIFT], theta, covariance)
    for name, value in doubts.items():
        shown = changed if name == "counted_before" else np.ones_like(changed)
        for ending, numbers in (("", value.value), ("_se", value.error), ("_low", value.low), ("_high", value.high)):
            columns[name + ending] = np.where(shown, numbers, np.nan)
    columns["scatter"] = estimate.scatter
    columns["second_highest_spend"] = np.sort(estimate.weeks.spend, axis=1)[:, -2:][:, 0]
    weights = estimate.weeks.weight
    columns["outlier_weeks"] = ((weights > 0) & (weights < 1)).sum(axis=1)
    table = history.campaigns.join(judged).join(pd.DataFrame(columns))
    return table if scores is None else table.join(_tested(scores), on="campaign")


def _tested(scores: Scores) -> pd.DataFrame:
    names = dict(zip(FORECASTS, ("test_error", "test_error_recent_cost", "test_error_flat_cost"), strict=True))
    return scores.by_campaign().rename(columns={**names, "coverage": "test_coverage", "is_worse": "test_worse"})


def curve_rows(history: History, estimate: Estimate, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``response_curves``, one per campaign whose fit came to an end."""
    known = history.known
    last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    written = parameters(estimate)
    columns: dict[str, object] = {"campaign": table["campaign"], "service_line": "", "channel": ""}
    columns |= {"form": estimate.form} | {name: value.value for name, value in written.items()}
    columns |= {f"{name}_se": _shortened(value.error) for name, value in written.items()}
    columns |= {"observed_max_weekly_spend": table["observed_max_weekly_spend"], "data_quality": table["data_quality"]}
    columns["source"] = [
        f"calibrated from {history.name}: {weeks} weeks, {code}"
        for weeks, code in zip(table["weeks"], table["data_quality"], strict=True)
    ]
    columns["as_of"] = [_week_end(str(history.weeks[week])) for week in last]
    return pd.DataFrame(columns)[(table["data_quality"] != FAILED).to_numpy()].reset_index(drop=True)


def default_rows(history: History, estimate: Estimate, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``response_curves`` for lines and channels with enough campaigns: what is believed of a new one."""
    sound = table["data_quality"].isin([OWN, SHARED]) & (table[["service_line", "channel"]] != "").all(axis=1)
    rows = []
    for (line, channel), kind in table[sound].groupby(["service_line", "channel"]):
        if len(kind) < _LEAST_OF_A_KIND:
            continue
        usual = np.array([np.median(estimate.weeks.usual[kind.index])])
        mean = estimate.prior.mean[kind.index[:1]]
        given = arguments(estimate.form, mean, usual)
        values = {name: float(value[0, 0]) for name, value in zip(FORMS[estimate.form].parameters, given, strict=True)}
        rows.append(
            {"campaign": "", "service_line": line, "channel": channel, "form": estimate.form}
            | {name: float(f"{value:.{_DIGITS}g}") for name, value in values.items()}
            | {"observed_max_weekly_spend": float(kind["observed_max_weekly_spend"].median()), "data_quality": "pooled"}
            | {"source": f"calibrated from {history.name}: mean of {len(kind)} campaigns, pooled"}
            | {"as_of": _week_end(str(history.weeks[-1]))}
        )
    return pd.DataFrame(rows)


def _week_end(monday: str) -> str:
    return (dt.date.fromisoformat(monday) + dt.timedelta(days=6)).isoformat()
