"""Residual plots as SVG, where ``vl-convert`` is installed: Vega-Lite draws them, without a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optimizer.calibration.calibrate import Calibration
from optimizer.calibration.counts import distances
from optimizer.calibration.expectation import arguments, expect, lagged
from optimizer.response.forms import FORMS
from optimizer.scenario.match import Codes

MOST_CAMPAIGNS = 24
"""Campaigns that have a plot of their own: those that spend most."""
_POINTS = 40
_SIZE = {"width": 240, "height": 130}


def charts(found: Calibration) -> Mapping[str, str]:
    """SVG files by name; none where ``vl-convert`` is not installed."""
    try:
        import vl_convert
    except ImportError:
        return {}
    plots = {"curves.svg": _curves(found), "residuals.svg": _residuals(found)}
    return {name: vl_convert.vegalite_to_svg(json.dumps(plot)) for name, plot in plots.items()}


def _curves(found: Calibration) -> dict[str, object]:
    """Each campaign's curve, and its weeks about it.

    A week stands at the spend that its leads stem from, and as far above the curve as its leads were above the
    expectation, so that seasons, growth and leads without spend do not blur it.
    """
    rows = _shown(found)
    estimate, names = found.estimate, found.history.campaigns["campaign"].to_numpy()
    weeks = estimate.weeks
    expected = expect(estimate.form, estimate.fitted.theta, weeks).leads
    paid = lagged(weeks.spend, weeks.share)
    given = arguments(estimate.form, estimate.fitted.theta, weeks.usual)
    at, week = np.nonzero((weeks.weight > 0)[rows] & (paid > 0)[rows])
    at = rows[at]
    curve = FORMS[estimate.form].leads(paid, *given)[at, week]
    dots = pd.DataFrame(
        {"campaign": names[at], "spend": paid[at, week], "leads": curve * weeks.leads[at, week] / expected[at, week]}
    )
    grid = np.linspace(0.0, 1.0, _POINTS) * paid[rows].max(axis=1, keepdims=True)
    drawn = FORMS[estimate.form].leads(grid, *(value[rows] for value in given))
    line = pd.DataFrame({"campaign": np.repeat(names[rows], _POINTS), "spend": grid.ravel(), "curve": drawn.ravel()})
    axes = {"x": _axis("spend", "money a week"), "y": _axis("leads", "leads a week")}
    curved = {"x": axes["x"], "y": _axis("curve", "leads a week")}
    layers = [
        {"transform": _rows_with("leads"), "mark": {"type": "point", "size": 8, "opacity": 0.5}, "encoding": axes},
        {"transform": _rows_with("curve"), "mark": {"type": "line", "color": "black"}, "encoding": curved},
    ]
    return _facets(f"Curves of the form {estimate.form}, and the weeks they rest on", [dots, line], layers)


def _residuals(found: Calibration) -> dict[str, object]:
    """How far each week's leads lay from what was to be expected, in standard deviations."""
    rows = _shown(found)
    estimate = found.estimate
    expected = expect(estimate.form, estimate.fitted.theta, estimate.weeks).leads
    apart = distances(estimate.weeks.leads, expected, estimate.scatter)
    at, week = np.nonzero((estimate.weeks.weight > 0)[rows])
    frame = pd.DataFrame(
        {
            "campaign": found.history.campaigns["campaign"].to_numpy()[rows[at]],
            "week": found.history.weeks[week],
            "distance": apart[rows[at], week],
        }
    )
    axes = {"x": {**_axis("week", "week"), "type": "temporal"}, "y": _axis("distance", "standard deviations")}
    layers = [{"mark": {"type": "point", "size": 8}, "encoding": axes}]
    return _facets("Leads of each week less those expected", [frame], layers)


def _shown(found: Calibration) -> Codes:
    spend = found.table["spend_today"].to_numpy(float)
    return np.sort(np.argsort(-spend, kind="stable")[:MOST_CAMPAIGNS])


def _axis(field: str, title: str) -> dict[str, object]:
    return {"field": field, "type": "quantitative", "title": title}


def _rows_with(field: str) -> list[dict[str, str]]:
    return [{"filter": f"isValid(datum.{field})"}]


def _facets(title: str, frames: Sequence[pd.DataFrame], layers: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One small plot per campaign with the rows of all frames, drawn layer upon layer."""
    values = [row for frame in frames for row in frame.round(4).to_dict("records")]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": title,
        "data": {"values": values},
        "facet": {"field": "campaign", "type": "nominal", "title": None},
        "columns": 4,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {**_SIZE, "layer": list(layers)},
    }
