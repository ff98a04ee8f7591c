"""How cells of the workbook look, by name."""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from optimizer.plan.words import Words

_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
_PROSE = {"align": "left", "indent": 1}
_TOTAL = {"bold": True, "top": 1}


class Styles:
    """The formats of one workbook, made once each; money carries the scenario's currency."""

    def __init__(self, book: Workbook, words: Words) -> None:
        symbol = words.symbol.replace('"', "")
        value = f'"{symbol}"#,##0;[Red]-"{symbol}"#,##0' if words.objective.in_money else _COUNT
        self.money = f'"{symbol}"#,##0;[Red]-"{symbol}"#,##0'
        self.thousands = f'"{symbol}"#,##0,"k"'
        kinds: dict[str, dict[str, Any]] = {
            "text": _PROSE,
            "wrapped": {"text_wrap": True, **_PROSE},
            "money": {"num_format": self.money},
            "cents": {"num_format": f'"{symbol}"#,##0.00;[Red]-"{symbol}"#,##0.00'},
            "value": {"num_format": value},
            "count": {"num_format": _COUNT},
            "whole": {"num_format": "#,##0", "align": "right"},
            "exact": {"num_format": "#,##0.00####"},
            "percent": {"num_format": "0.0%;[Red]-0.0%"},
            "ratio": {"num_format": "#,##0.00"},
            "date": {"num_format": "yyyy-mm-dd", **_PROSE},
            "month": {"num_format": "mmm yyyy", **_PROSE},
        }
        header = {"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "text_wrap": True, "valign": "bottom"}
        prose: dict[str, dict[str, Any]] = {
            "title": {"bold": True, "font_size": 15, "font_color": "#1F3A4D"},
            "heading": {"bold": True, "font_size": 11, "font_color": "#1F6F8B"},
            "note": {"font_color": "#4A5560", "text_wrap": True},
            "marked": {"bold": True, "text_wrap": True, "font_color": "#9C3D10"},
            "label": {"bold": True},
            "header": {**header, **_PROSE},
            "header_right": {**header, "align": "right"},
            "good": {"bold": True, "font_color": "#1E6B34", "bg_color": "#DDF1E2"},
            "bad": {"bold": True, "font_color": "#FFFFFF", "bg_color": "#B3261E"},
        }
        totals = {f"total_{name}": {**properties, **_TOTAL} for name, properties in kinds.items()}
        self._formats = {
            name: book.add_format({**_FONT, **properties}) for name, properties in {**kinds, **totals, **prose}.items()
        }

    def __getitem__(self, name: str) -> Format:
        """The format of a name."""
        return self._formats[name]


_COUNT = "#,##0.0;[Red]-#,##0.0"
