"""A chart: what it says in a sentence, how it is drawn, and its numbers as a table.

Vega-Lite draws, through ``vl-convert`` and without a browser. A chart is drawn twice, for a wide page and for a phone,
with letters of the same size.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.report.sections import Grid

WIDE, NARROW = 660, 300
"""Widths in pixels of the plot, labels aside."""
TODAY, PLAN, WARM = "#84919a", "#14708c", "#c8553d"
"""Colours of today's spend, of the plan, and of what is tight or lost; told apart by people who see no red or green."""
FULLNESS = ("#f0f5f7", "#9cc7d4", "#3d8fa8", "#0b3c4c")
"""From 40 to 100 % full, the darker the fuller."""
Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        name: Short name, for files.
        heading: What it shows.
        says: What there is to see, in a sentence with the numbers that matter.
        numbers: Everything that is drawn, as a table.
        spec: Vega-Lite of a plot of that width.
    """

    name: str
    heading: str
    says: str
    numbers: Grid
    spec: Callable[[int], Spec]

    def svg(self, width: int) -> str:
        """The chart as SVG."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(json.dumps(self._styled(width))))

    def png(self) -> bytes:
        """The chart as PNG, twice as fine as the wide SVG."""
        import vl_convert

        return bytes(vl_convert.vegalite_to_png(json.dumps(self._styled(WIDE)), scale=2))

    def source(self, width: int) -> str:
        """The SVG as the source of a picture, which can neither run a script nor ask for anything."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg(width).encode()).decode()

    def _styled(self, width: int) -> Spec:
        return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _CONFIG, **self.spec(width)}


_CONFIG: Spec = {
    "background": "white",
    "font": "DejaVu Sans, Helvetica, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "grid": False, "labelLimit": 170,
        "domainColor": "#8a949b", "tickColor": "#8a949b", "labelColor": "#333", "titleColor": "#333",
    },
    "axisQuantitative": {"labelOverlap": True, "labelSeparation": 6},
    "legend": {
        "labelFontSize": 11, "titleFontSize": 11, "orient": "top", "titleFontWeight": "normal", "labelLimit": 200,
    },
    "header": {"labelFontSize": 11, "labelLimit": 260},
}  # fmt: skip


def values(frame: pd.DataFrame) -> Spec:
    """Rows of a frame as data of a spec; numbers with as many digits as can be seen, ``null`` where there is none."""
    shown = frame.round(4)
    return {"values": shown.astype(object).where(shown.notna(), None).to_dict("records")}


def pairs(frame: pd.DataFrame, label: str, width: int, title: str, number_format: str) -> Spec:
    """Horizontal bars of today and plan beside each other, one pair per label, in the order of the frame.

    Args:
        frame: Columns of the label, ``today`` and ``plan``.
        label: Column of the labels.
        width: Of the plot.
        title: Of the amounts.
        number_format: Of the amounts, as D3 writes it.
    """
    long = frame.melt([label], ["today", "plan"], var_name="of", value_name="amount")
    long["of"] = long["of"].map({"today": "Today's spend", "plan": "Plan"})
    return {
        "data": values(long),
        "width": width,
        "height": {"step": 13},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": label, "type": "nominal", "sort": list(frame[label]), "title": None},
            "yOffset": {"field": "of", "sort": ["Today's spend", "Plan"]},
            "x": {"field": "amount", "type": "quantitative", "title": title, "axis": {
                "format": number_format, "grid": True, "gridColor": "#e6eaec",
                "tickCount": 5 if width > NARROW else 3}},
            "color": of_color(),
        },
    }  # fmt: skip


def of_color() -> Spec:
    """Today in grey, the plan in blue."""
    return {"field": "of", "type": "nominal", "title": None,
            "scale": {"domain": ["Today's spend", "Plan"], "range": [TODAY, PLAN]}}  # fmt: skip


def grid_of(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """The numbers of a chart."""
    return Grid("", tuple(headers), [tuple(row) for row in rows])
