r"""Response curves of Robyn: the JSON file that ``robyn_write`` makes of a selected model, with its data.

Sources of the formulas: https://rdrr.io/cran/Robyn/man/adstocks.html and
https://rdrr.io/cran/Robyn/man/saturation_hill.html; of the file: https://rdrr.io/cran/Robyn/man/robyn_write.html

.. math:: a_t = s_t + \theta a_{t-1}, \qquad
          g = (1 - \gamma) \min_t a_t + \gamma \max_t a_t, \qquad
          response_t = coef \cdot \frac{a_t^\alpha}{a_t^\alpha + g^\alpha}

At a steady spend s the carried-over spend settles at s / (1 - θ), so the response is a Hill curve in s:

.. math:: max\_leads = coef, \quad half\_spend = g (1 - \theta), \quad slope = \alpha

=====  =====================================================================================
s_t    spend of period t                           (Extras.raw_data)
a_t    spend with what is carried over from before; its range is taken over the model window
θ      share carried over to the next period       (ExportedModel.hyper_values.NAME_thetas)
α, γ   shape, and place of the half in that range  (ExportedModel.hyper_values.NAME_alphas, _gammas)
coef   most outcome of a period                    (ExportedModel.summary)
=====  =====================================================================================

Early versions of Robyn round g to four decimals; here it is not rounded. Weibull carry-over is refused: its length
hangs on the length of the data, so there is no steady curve to take over.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from optimizer.calibration.importers.json_file import JsonFile
from optimizer.calibration.importers.tool_curve import Asked, Floats, ToolCurve
from optimizer.errors import UsageError

_DAYS = {"day": 1, "week": 7}
_HYPER = "ExportedModel.hyper_values"
_SUMMARY = "ExportedModel.summary"
_DATA = "Extras.raw_data"
_APART = 0.01


def read(path: Path, asked: Asked) -> list[ToolCurve]:
    """The curves of the paid channels of a selected model.

    Args:
        path: File that ``robyn_write`` made with ``add_data = TRUE``.
        asked: What a lead is worth where the model's outcome is revenue; date if other than the end of its data.

    Raises:
        UsageError: if something is asked that the file tells otherwise.
        InputFileError: with every problem of the file.
    """
    file = JsonFile(path)
    per_lead, weeks = _per_lead(file, asked), _weeks(file, asked)
    window = _window(file)
    as_of = asked.as_of or file.text("InputCollect.window_end")
    if file.has("InputCollect.adstock") and file.text("InputCollect.adstock") != "geometric":
        kind = file.text("InputCollect.adstock")
        hint = "take points from robyn_response for some spends instead, and import them as points"
        file.report("InputCollect.adstock", f"carry-over '{kind}' has no steady curve of a form known here", hint)
    names = file.texts("InputCollect.paid_media_spends")
    file.raise_problems()
    found = [_curve(file, name, window, weeks, per_lead, as_of) for name in names]
    file.raise_problems()
    return [curve for curve in found if curve is not None]


def _per_lead(file: JsonFile, asked: Asked) -> float:
    """Outcome that makes one lead; the model says whether it is money."""
    path = "InputCollect.dep_var_type"
    kind = file.text(path)
    outcome = {"revenue": "money", "conversion": "leads"}.get(kind)
    if outcome is None:
        if kind:
            file.report(path, f"'{kind}' is no outcome known here", "the outcome must be conversion or revenue")
        return np.nan
    if asked.outcome not in ("", outcome):
        raise UsageError(f"--outcome {asked.outcome} is asked, but the outcome of {file.name} is {kind}")
    if outcome == "money" and asked.value_per_lead is None:
        hint = "give what a lead is worth in it (--value-per-lead), or fit the model to leads"
        file.report(path, "the outcome is revenue, and revenue is not leads", hint, "money")
        return np.nan
    return Asked(outcome=outcome, value_per_lead=asked.value_per_lead).per_lead()


def _weeks(file: JsonFile, asked: Asked) -> float:
    if asked.period:
        raise UsageError(f"--period is not needed: {file.name} says itself what a period is")
    kind = file.text("InputCollect.intervalType")
    if kind and kind not in _DAYS:
        hint = "fit the model to weeks or days: a month is too long for weekly budgets"
        file.report("InputCollect.intervalType", f"periods of a {kind} cannot be used", hint)
    return _DAYS.get(kind, 7) / 7


def _window(file: JsonFile) -> slice:
    """The model window as positions of the data."""
    first, last = (file.number(f"InputCollect.rollingWindow{end}Which") for end in ("Start", "End"))
    if not file.has(_DATA):
        hint = "write the model with its data: robyn_write(..., add_data = TRUE)"
        file.report(_DATA, "is missing, and half of a curve is a place in the range of the data", hint, "missing")
        return slice(0)
    count = len(file.rows(_DATA))
    if not 1 <= first <= last <= count:
        file.report("InputCollect.rollingWindowStartWhich", f"the window is not inside {count} rows", "look at both")
        return slice(0)
    return slice(int(first) - 1, int(last))


def _curve(file: JsonFile, name: str, window: slice, weeks: float, per_lead: float, as_of: str) -> ToolCurve | None:
    """The curve of one channel; ``None`` where it cannot be made, and the problem is noted."""
    alpha, gamma, theta = (file.number(f"{_HYPER}.{name}_{kind}") for kind in ("alphas", "gammas", "thetas"))
    coefficient, spend = _coefficient(file, name), _spend(file, name)
    if np.isnan([alpha, gamma, theta, coefficient]).any() or spend is None:
        return None
    if alpha <= 0 or not 0 <= gamma <= 1 or not 0 <= theta < 1 or coefficient < 0:
        message = f"alpha {alpha:g}, gamma {gamma:g}, theta {theta:g}, coef {coefficient:g} of '{name}' make no curve"
        file.report(_HYPER, message, "alpha above 0, gamma 0 to 1, theta from 0 to below 1, coef not below 0")
        return None
    carried = carried_over(spend, theta)[window]
    half = (1 - gamma) * carried.min() + gamma * carried.max()
    steady, greatest = carried.max() * (1 - theta), _greatest_week(spend[window], weeks)
    if half <= 0:
        file.report(_DATA, f"'{name}' spends nothing in the model window", "leave the channel out of the model")
        return None
    return ToolCurve(
        name, file.name, 0, f"Robyn model {file.text('ExportedModel.select_model')}", "hill",
        {"max_leads": coefficient, "half_spend": half * (1 - theta), "slope": alpha}, np.empty(0),
        partial(_response, coefficient, alpha, half, theta), seen=float(steady), weeks=weeks, per_lead=per_lead,
        as_of=as_of, notes=_seen_note(name, steady, greatest, weeks),
    )  # fmt: skip


def carried_over(spend: Floats, theta: float) -> Floats:
    """(T,) spend with what is carried over from the periods before."""
    carried = np.array(spend, dtype=np.float64)
    for period in range(1, len(carried)):
        carried[period] += theta * carried[period - 1]
    return carried


def _response(coefficient: float, alpha: float, half: float, theta: float, spend: Floats) -> Floats:
    carried = spend / (1 - theta)
    made: Floats = coefficient * carried**alpha / (carried**alpha + half**alpha)
    return made


def _coefficient(file: JsonFile, name: str) -> float:
    rows = [row.get("variable") for row in file.rows(_SUMMARY)]
    if name not in rows:
        hint = "channels whose model reads impressions or clicks instead of spend have no curve in money"
        file.report(_SUMMARY, f"has no coefficient of '{name}'", hint, "missing")
        return np.nan
    return file.number(f"{_SUMMARY}.{rows.index(name)}.coef")


def _spend(file: JsonFile, name: str) -> Floats | None:
    """(T,) spend of all periods of the data."""
    before = len(file.problems)
    spend = np.array([file.number(f"{_DATA}.{row}.{name}") for row in range(len(file.rows(_DATA)))])
    negative = np.flatnonzero(spend < 0)
    for row in negative[:5]:
        file.report(f"{_DATA}.{row}.{name}", f"spend {spend[row]:g} is below nothing", "correct the data and fit again")
    return spend if len(file.problems) == before else None


def _greatest_week(spend: Floats, weeks: float) -> float:
    """Greatest spend of a week, per period."""
    periods = min(round(1 / weeks), len(spend))
    return float(np.convolve(spend, np.ones(periods), "valid").max() / periods)


def _seen_note(name: str, steady: float, greatest: float, weeks: float) -> tuple[str, ...]:
    """What it means that single weeks spent more than could be kept up within the carried-over spend seen."""
    if greatest <= steady * (1 + _APART):
        return ()
    return (
        f"'{name}': single weeks spent up to {greatest / weeks:,.0f}, but with carry-over the model has seen no more"
        f" than {steady / weeks:,.0f} a week kept up; beyond that the curve is extrapolated",
    )
