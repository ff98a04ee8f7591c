r"""Response curves of PyMC-Marketing: a table of the fitted parameters of each channel.

One row per channel: ``saturation`` and ``adstock`` as the library calls them, their parameters (posterior means or
medians) in columns ``saturation_lam``, ``adstock_alpha`` and so on, ``l_max`` and ``normalize`` of the adstock, and
what spend and target were divided by: ``channel_scale``, the greatest spend, and ``target_scale``. Sources of the
formulas: https://www.pymc-marketing.io/en/stable/api/generated/pymc_marketing.mmm.transformers.html and
https://www.pymc-marketing.io/en/stable/api/generated/pymc_marketing.mmm.components.saturation.html

.. math:: x = \frac{w\, s}{channel\_scale}, \quad outcome = target\_scale \cdot f(x), \qquad
          w = \sum_{l < l_{max}} w_l \text{ or } 1 \text{ if normalized}

=======================  ==================================================  ===========================
saturation               f(x)                                                form here
=======================  ==================================================  ===========================
logistic                 β (1 - exp(-λx)) / (1 + exp(-λx))                   logistic
inverse_scaled_logistic  the same with λ read as ln 3 / λ                    logistic
tanh                     b tanh(x / (b c))                                   logistic
tanh_baselined           β gain x0 tanh(x artanh(r) / x0) / r                logistic
michaelis_menten         α x / (λ + x)                                       michaelis_menten
hill                     β x^slope / (κ^slope + x^slope)                     hill
root                     β x^α                                               power
hill_sigmoid             σ / (1 + exp(-β(x - λ))) - σ / (1 + exp(βλ))        points, as dense as needed
=======================  ==================================================  ===========================

w_l is α^l for ``geometric`` and α^((l - θ)²) for ``delayed`` adstock. A curve at the mean of its parameters is close
to, but not the same as, the mean of the curves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.calibration.files import read_table
from optimizer.calibration.importers.tool_curve import Asked, Floats, Response, ToolCurve
from optimizer.errors import InputFileError, Problem
from optimizer.scenario.tables import Column, Kind, Table, TableSpec


@dataclass(frozen=True)
class Saturation:
    """One saturation function of the library.

    Attributes:
        parameters: Its parameters, in the order that both functions take them.
        outcome: ``outcome(x, *parameters)`` in units of the target's scale.
        form: Form of response curve of this program that is the same function; ``points`` if there is none.
        converted: ``converted(*parameters)``: parameters of that form in units of x and of the target's scale.
    """

    parameters: tuple[str, ...]
    outcome: Callable[..., Floats]
    form: str
    converted: Callable[..., Mapping[str, float]]


def _logistic(x: Floats, lam: float, beta: float) -> Floats:
    made: Floats = beta * (1 - np.exp(-lam * x)) / (1 + np.exp(-lam * x))
    return made


def _inverse_scaled(x: Floats, lam: float, beta: float) -> Floats:
    return _logistic(x, math.log(3) / lam, beta)


def _tanh(x: Floats, b: float, c: float) -> Floats:
    made: Floats = b * np.tanh(x / (b * c))
    return made


def _baselined(x: Floats, x0: float, gain: float, r: float, beta: float) -> Floats:
    made: Floats = beta * gain * x0 * np.tanh(x * math.atanh(r) / x0) / r
    return made


def _michaelis_menten(x: Floats, alpha: float, lam: float) -> Floats:
    return alpha * x / (lam + x)


def _hill(x: Floats, slope: float, kappa: float, beta: float) -> Floats:
    made: Floats = beta * (1 - kappa**slope / (kappa**slope + x**slope))
    return made


def _root(x: Floats, alpha: float, beta: float) -> Floats:
    return beta * x**alpha


def _sigmoid(x: Floats, sigma: float, beta: float, lam: float) -> Floats:
    made: Floats = sigma / (1 + np.exp(-beta * (x - lam))) - sigma / (1 + math.exp(beta * lam))
    return made


SATURATIONS: Mapping[str, Saturation] = {
    "logistic": Saturation(
        ("lam", "beta"), _logistic, "logistic", lambda lam, beta: {"max_leads": beta, "scale_spend": 1 / lam}
    ),
    "inverse_scaled_logistic": Saturation(
        ("lam", "beta"),
        _inverse_scaled,
        "logistic",
        lambda lam, beta: {"max_leads": beta, "scale_spend": lam / math.log(3)},
    ),
    "tanh": Saturation(("b", "c"), _tanh, "logistic", lambda b, c: {"max_leads": b, "scale_spend": b * c / 2}),
    "tanh_baselined": Saturation(
        ("x0", "gain", "r", "beta"),
        _baselined,
        "logistic",
        lambda x0, gain, r, beta: {"max_leads": beta * gain * x0 / r, "scale_spend": x0 / math.atanh(r) / 2},
    ),
    "michaelis_menten": Saturation(
        ("alpha", "lam"),
        _michaelis_menten,
        "michaelis_menten",
        lambda alpha, lam: {"max_leads": alpha, "half_spend": lam},
    ),
    "hill": Saturation(
        ("slope", "kappa", "beta"),
        _hill,
        "hill",
        lambda slope, kappa, beta: {"max_leads": beta, "half_spend": kappa, "slope": slope},
    ),
    "root": Saturation(
        ("alpha", "beta"),
        _root,
        "power",
        lambda alpha, beta: {"scale_leads": beta, "scale_spend": 1.0, "exponent": alpha},
    ),
    "hill_sigmoid": Saturation(("sigma", "beta", "lam"), _sigmoid, "points", lambda *_: {}),
}
"""Every saturation by the library's name for it."""

_MOST: Mapping[tuple[str, str], float] = {("tanh_baselined", "r"): 1.0, ("root", "alpha"): 1.0}
"""Parameters that must not be above a number; r must be below it."""
_ADSTOCKS: Mapping[str, tuple[str, ...]] = {"none": (), "geometric": ("alpha",), "delayed": ("alpha", "theta")}
_NAMES = tuple(dict.fromkeys(name for saturation in SATURATIONS.values() for name in saturation.parameters))
_DENSE = 2001
_SPAN = 2.0
"""Points of a curve that has no form here reach to this many times the greatest spend."""

PARAMETERS = TableSpec(
    "parameters",
    "a channel",
    (
        Column("channel", Kind.LABEL, "Channel of the model", required=True),
        Column("saturation", Kind.LABEL, "Saturation function", required=True, choices=tuple(SATURATIONS)),
        *(Column(f"saturation_{name}", Kind.NUMBER, f"Parameter {name} of the saturation") for name in _NAMES),
        Column("adstock", Kind.LABEL, "Adstock function", required=True, choices=tuple(_ADSTOCKS)),
        Column("adstock_alpha", Kind.NUMBER, "Share that is carried over", maximum=1.0),
        Column("adstock_theta", Kind.NUMBER, "Delay of the peak", "periods"),
        Column("l_max", Kind.INTEGER, "Periods that carry over", "periods", minimum=1.0, maximum=1000),
        Column("normalize", Kind.LABEL, "Whether the adstock's weights add up to 1", choices=("yes", "no")),
        Column(
            "channel_scale",
            Kind.NUMBER,
            "What spend was divided by: its greatest",
            "money",
            required=True,
            minimum=1e-9,
        ),
        Column(
            "target_scale", Kind.NUMBER, "What the target was divided by: its greatest", required=True, minimum=1e-9
        ),
    ),
    ("channel",),
)


def read(path: Path, asked: Asked) -> list[ToolCurve]:
    """The curves of a table of parameters.

    Args:
        path: CSV, .xlsx or .parquet.
        asked: Its period, outcome and date.

    Raises:
        UsageError: if one of these is not given.
        InputFileError: with every problem of the file.
    """
    weeks, per_lead, as_of = asked.weeks(), asked.per_lead(), asked.date()
    table = read_table(path, PARAMETERS)
    problems = [problem for row in range(len(table.frame)) for problem in _row_problems(table, row)]
    if problems:
        raise InputFileError(table.file, problems)
    return [_curve(table, row, weeks=weeks, per_lead=per_lead, as_of=as_of) for row in table.frame.to_dict("records")]


def _row_problems(table: Table, row: int) -> list[Problem]:
    """Parameters that a row lacks, gives in vain, or gives outside their range."""
    cells = table.frame.iloc[row]
    line, saturation, adstock = int(table.lines[row]), str(cells["saturation"]), str(cells["adstock"])
    needed = [f"saturation_{name}" for name in SATURATIONS[saturation].parameters]
    needed += [f"adstock_{name}" for name in _ADSTOCKS[adstock]]
    needed += ["l_max"] if adstock != "none" else []
    used = f"saturation '{saturation}' and adstock '{adstock}'"
    problems = []
    for column in [*(f"saturation_{name}" for name in _NAMES), "adstock_alpha", "adstock_theta", "l_max"]:
        given = not np.isnan(cells[column])
        if column in needed and not given:
            hint = f"{used} need {', '.join(needed)}"
            problems.append(Problem(table.file, line, f"{column}: is blank", hint, column, "blank"))
        if given and column not in needed:
            hint = f"leave it blank: {used} do not use it"
            problems.append(Problem(table.file, line, f"{column}: is given in vain", hint, column))
    if adstock != "none" and not cells["normalize"]:
        hint = "write yes if the weights of the adstock add up to 1, which is the library's default, or no"
        problems.append(Problem(table.file, line, "normalize: is blank", hint, "normalize", "blank"))
    return problems or _range_problems(table.file, line, saturation, cells)


def _range_problems(file: str, line: int, saturation: str, cells: pd.Series[Any]) -> list[Problem]:
    problems = []
    for name in SATURATIONS[saturation].parameters:
        value, most = float(cells[f"saturation_{name}"]), _MOST.get((saturation, name), np.inf)
        if not 0 < value <= most or (name == "r" and value >= most):
            limit = "above 0" if np.isinf(most) else f"between 0 and {most:g}"
            message = f"saturation_{name}: {value:g} makes no saturating curve"
            problems.append(Problem(file, line, message, f"it must be {limit}", f"saturation_{name}"))
    return problems


def _curve(table: Table, cells: Mapping[Any, Any], *, weeks: float, per_lead: float, as_of: str) -> ToolCurve:
    saturation = SATURATIONS[str(cells["saturation"])]
    values = [float(cells[f"saturation_{name}"]) for name in saturation.parameters]
    scale, target = float(cells["channel_scale"]), float(cells["target_scale"])
    unit = scale / steady_weight(cells)
    spend_like = ("half_spend", "scale_spend")
    factor = {**dict.fromkeys(spend_like, unit), "max_leads": target, "scale_leads": target}
    converted = {name: value * factor.get(name, 1.0) for name, value in saturation.converted(*values).items()}
    spend = np.linspace(0, _SPAN * scale, _DENSE) if saturation.form == "points" else np.empty(0)
    name = str(cells["channel"])
    line = int(table.lines[table.frame["channel"].tolist().index(name)])
    return ToolCurve(
        name, table.file, line, "PyMC-Marketing", saturation.form, converted, spend,
        _in_money(partial(_by_position, saturation.outcome, tuple(values)), unit, target),
        seen=scale, weeks=weeks, per_lead=per_lead, as_of=as_of,
    )  # fmt: skip


def steady_weight(cells: Mapping[Any, Any]) -> float:
    """What an adstock makes of a steady spend of 1: the sum of its weights, 1 where these are normalized."""
    if cells["adstock"] == "none" or cells["normalize"] == "yes":
        return 1.0
    lags = np.arange(int(cells["l_max"]))
    powers = lags if cells["adstock"] == "geometric" else (lags - float(cells["adstock_theta"])) ** 2
    return float((float(cells["adstock_alpha"]) ** powers).sum())


def _by_position(outcome: Callable[..., Floats], values: tuple[float, ...], x: Floats) -> Floats:
    return outcome(x, *values)


def _in_money(outcome: Response, unit: float, target: float) -> Response:
    return lambda spend: target * outcome(spend / unit)
