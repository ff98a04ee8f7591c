"""Response curves: the expected leads of a week from its spend, for many campaigns at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.response.forms import FORMS, FloatArray, Form, parameter_names
from optimizer.response.points import PointsError, parse_points

__all__ = ["FORMS", "CurveProblem", "Curves", "curve_problems", "curves_from_rows", "parameter_names"]

_FORM_NAMES = tuple(FORMS)
_LEADS = tuple(form.leads for form in FORMS.values())
_MARGINAL = tuple(form.marginal for form in FORMS.values())
_POINTS = _FORM_NAMES.index("points")
_NUMBERS = ("max_leads", "half_spend", "slope", "scale_leads", "scale_spend", "exponent")
_Columns = Mapping[str, npt.NDArray[Any]]
_SLOPE_NOT_GIVEN = 1.0  # a blank slope is read as 1, so 1 does not count as given


class CurveProblem(NamedTuple):
    """A mistake in one row of ``response_curves``.

    Attributes:
        row: Position of the row in the frame, from 0.
        column: Column at fault.
        message: What is wrong, with the value found.
        hint: How to mend it.
    """

    row: int
    column: str
    message: str
    hint: str


@dataclass(frozen=True)
class Curves:
    """The response curves of I campaigns.

    Attributes:
        form: Position of each campaign's form in ``FORMS``, ``(I,)``.
        parameters: The form's parameters in its own order, NaN where it has fewer, ``(I, 3)``.
        point_spend: Spend of the points in money per week, the last one repeated to fill the row, ``(I, P)``; zeros
            for other forms.
        point_leads: Leads per week at the points, ``(I, P)``.
    """

    form: npt.NDArray[np.int64]
    parameters: FloatArray
    point_spend: FloatArray
    point_leads: FloatArray

    def __len__(self) -> int:
        return len(self.form)

    @property
    def has_points(self) -> npt.NDArray[np.bool_]:
        """Which curves are given by points, ``(I,)``."""
        return np.equal(self.form, _POINTS)

    def take(self, positions: npt.NDArray[np.int64]) -> Curves:
        """The curves at these positions, in this order; a position may come more than once."""
        return Curves(
            self.form[positions], self.parameters[positions], self.point_spend[positions], self.point_leads[positions]
        )

    def leads(self, spend: FloatArray) -> FloatArray:
        """Expected leads per week.

        Args:
            spend: Money per week, not negative, ``(I,)`` or ``(I, ...)``: one row per campaign.

        Returns:
            Leads per week, in the shape of ``spend``.

        Raises:
            ValueError: The shape does not fit, or a spend is negative or not a number.
        """
        return self._by_form(spend, _LEADS)

    def marginal(self, spend: FloatArray) -> FloatArray:
        """Further leads per further dollar: the derivative of ``leads``, to the right where the curve has a kink.

        Args:
            spend: As for ``leads``.

        Returns:
            Leads per dollar, in the shape of ``spend``; infinite at no spend for a power curve with an exponent, or a
            Hill curve with a slope, below 1.

        Raises:
            ValueError: As for ``leads``.
        """
        return self._by_form(spend, _MARGINAL)

    def _by_form(self, spend: FloatArray, formulas: tuple[Callable[..., FloatArray], ...]) -> FloatArray:
        flat = self._checked(spend).reshape(len(self), math.prod(np.shape(spend)[1:]))
        result = np.empty_like(flat)
        for code in np.unique(self.form):
            rows = np.flatnonzero(self.form == code)
            result[rows] = formulas[code](flat[rows], *self._arguments(rows, int(code)))
        return result.reshape(np.shape(spend))

    def _checked(self, spend: FloatArray) -> FloatArray:
        values = np.asarray(spend, dtype=np.float64)
        if values.ndim == 0 or values.shape[0] != len(self):
            raise ValueError(f"spend of shape {values.shape} does not fit {len(self)} curves")
        if not (values >= 0).all():
            raise ValueError("spend must be zero or more, and a number")
        return values

    def _arguments(self, rows: npt.NDArray[np.int64], code: int) -> tuple[FloatArray, ...]:
        if code == _POINTS:
            return self.point_spend[rows], self.point_leads[rows]
        count = len(FORMS[_FORM_NAMES[code]].parameters)
        return tuple(self.parameters[rows, number, None] for number in range(count))


def curves_from_rows(frame: pd.DataFrame) -> Curves:
    """The curves of rows that have been matched to campaigns.

    Args:
        frame: Rows of ``response_curves``, one per campaign, in the order of the campaigns.

    Returns:
        Curves in the order of the rows.

    Raises:
        ValueError: A row is no usable curve; ``curve_problems`` tells all of them beforehand.
    """
    columns = _arrays(frame)
    problems = _problems(columns)
    if problems:
        first = problems[0]
        raise ValueError(f"row {first.row}, {first.column}: {first.message}; {first.hint}")
    point_spend, point_leads = _point_arrays(columns)
    return Curves(
        form=np.array([_FORM_NAMES.index(name) for name in columns["form"]], dtype=np.int64),
        parameters=_parameter_array(columns),
        point_spend=point_spend,
        point_leads=point_leads,
    )


def _parameter_array(columns: _Columns) -> FloatArray:
    values = np.full((len(columns["form"]), 3), np.nan)
    for name, form in FORMS.items():
        rows = _rows_of(columns, name)
        for number, column in enumerate(form.parameters):
            if column != "points":
                values[rows, number] = columns[column][rows]
    return values


def _point_arrays(columns: _Columns) -> tuple[FloatArray, FloatArray]:
    rows, count = _rows_of(columns, "points"), len(columns["form"])
    curves = [parse_points(text) for text in columns["points"][rows]]
    longest = max((len(spend) for spend, _ in curves), default=1)
    spends, leads = np.zeros((count, longest)), np.zeros((count, longest))
    for row, (spend, lead) in zip(rows, curves, strict=True):
        spends[row] = np.pad(spend, (0, longest - len(spend)), mode="edge")
        leads[row] = np.pad(lead, (0, longest - len(lead)), mode="edge")
    return spends, leads


def curve_problems(frame: pd.DataFrame) -> list[CurveProblem]:
    """Every mistake in the rows of ``response_curves`` that one row shows by itself.

    Args:
        frame: The table as read: strings and ``float64``, NaN where a number is not given.

    Returns:
        Problems by row and column; empty if every row is a usable curve.
    """
    return _problems(_arrays(frame))


def _problems(columns: _Columns) -> list[CurveProblem]:
    problems = [problem for name, form in FORMS.items() for problem in _form_problems(columns, name, form)]
    problems += _unknown_forms(columns)
    problems += _not_positive(columns, np.arange(len(columns["form"])), "observed_max_weekly_spend", "every curve")
    return sorted(problems)


def _form_problems(columns: _Columns, name: str, form: Form) -> list[CurveProblem]:
    rows = _rows_of(columns, name)
    problems = [
        problem for column in _NUMBERS if column not in form.parameters for problem in _extra(columns, rows, column)
    ]
    if name == "points":
        return problems + _points_problems(columns, rows)
    for column in form.parameters:
        problems += _not_positive(columns, rows, column, f"form '{name}'")
    if name == "power":
        problems += _above_one(columns, rows, "exponent")
    written = np.array([bool(text.strip()) for text in columns["points"][rows]], dtype=np.bool_)
    return problems + [
        CurveProblem(int(row), "points", f"form '{name}' does not use points", "leave it blank, or set form to points")
        for row in rows[written]
    ]


def _unknown_forms(columns: _Columns) -> list[CurveProblem]:
    unknown = np.flatnonzero(~np.isin(columns["form"], _FORM_NAMES))
    return [
        CurveProblem(int(row), "form", f"no such form '{columns['form'][row]}'", f"one of {', '.join(_FORM_NAMES)}")
        for row in unknown
    ]


def _not_positive(columns: _Columns, rows: npt.NDArray[np.int64], column: str, needed_by: str) -> list[CurveProblem]:
    values = columns[column]
    bad = rows[~((values[rows] > 0) & np.isfinite(values[rows]))]
    return [
        CurveProblem(
            int(row),
            column,
            f"{column} is not given" if np.isnan(values[row]) else f"{column} is {values[row]:g}",
            f"{needed_by} needs a {column} above 0",
        )
        for row in bad
    ]


def _extra(columns: _Columns, rows: npt.NDArray[np.int64], column: str) -> list[CurveProblem]:
    values = columns[column]
    given = ~np.isnan(values[rows])
    if column == "slope":
        given &= values[rows] != _SLOPE_NOT_GIVEN
    return [
        CurveProblem(
            int(row),
            column,
            f"form '{columns['form'][row]}' does not use {column}, which is {values[row]:g}",
            "leave it blank, or set the form that it belongs to",
        )
        for row in rows[given]
    ]


def _above_one(columns: _Columns, rows: npt.NDArray[np.int64], column: str) -> list[CurveProblem]:
    values = columns[column]
    return [
        CurveProblem(
            int(row),
            column,
            f"{column} {values[row]:g} is above 1: each dollar would bring more than the one before, without end",
            f"use an {column} of at most 1, or form 'hill' with a slope above 1, which levels off",
        )
        for row in rows[values[rows] > 1]
    ]


def _points_problems(columns: _Columns, rows: npt.NDArray[np.int64]) -> list[CurveProblem]:
    problems = []
    for row in rows:
        try:
            parse_points(columns["points"][row])
        except PointsError as error:
            problems.append(CurveProblem(int(row), "points", error.message, error.hint))
    return problems


def _rows_of(columns: _Columns, form: str) -> npt.NDArray[np.int64]:
    return np.flatnonzero(columns["form"] == form)


def _arrays(frame: pd.DataFrame) -> _Columns:
    numbers = {name: frame[name].to_numpy(dtype=np.float64) for name in (*_NUMBERS, "observed_max_weekly_spend")}
    return {**numbers, "form": frame["form"].to_numpy(dtype=object), "points": frame["points"].to_numpy(dtype=object)}
