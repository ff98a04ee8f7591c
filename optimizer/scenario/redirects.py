"""Redirects: which other clinics of the market a patient may be offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.match import Codes, Floats, codes_of
from optimizer.scenario.tables import Table

Pair = tuple[str, str]


@dataclass(frozen=True)
class Routes:
    """Redirects between units, arrays of one length.

    Attributes:
        origin: Unit that the patient asked for.
        place: Unit that is offered instead.
        acceptance: Share of patients offered it who accept.
    """

    origin: Codes
    place: Codes
    acceptance: Floats


def reached(tables: Mapping[str, Table], asked: set[Pair], longest: float | None) -> set[Pair]:
    """Clinic and line pairs that patients of ``asked`` may be sent to and that have appointments."""
    if "redirects" not in tables:
        return set()
    capacity = tables["appointment_capacity"].frame
    known = set(zip(capacity["location"], capacity["service_line"], strict=True))
    rows = _by_line(tables["redirects"], sorted({line for _, line in asked}), longest)
    ways = zip(rows["from_location"], rows["to_location"], rows["service_line"], strict=True)
    return {(place, line) for origin, place, line in ways if (origin, line) in asked and (place, line) in known}


def routes(tables: Mapping[str, Table], units: pd.DataFrame, longest: float | None) -> Routes:
    """Redirects between the units, in the order of the units.

    Args:
        tables: The scenario's tables.
        units: (U rows) location and service_line.
        longest: Longest drive in minutes, or none.
    """
    nothing = np.empty(0, dtype=np.int64)
    if "redirects" not in tables:
        return Routes(nothing, nothing, np.empty(0))
    rows = _by_line(tables["redirects"], sorted(set(units["service_line"])), longest)
    known = pd.Index(list(zip(units["location"], units["service_line"], strict=True)))
    origin, place = (
        codes_of(list(zip(rows[end], rows["service_line"], strict=True)), known)
        for end in ("from_location", "to_location")
    )
    acceptance = rows["acceptance_rate"].to_numpy(float)
    usable = np.flatnonzero((origin >= 0) & (place >= 0) & (acceptance > 0))
    ordered = usable[np.lexsort((place[usable], origin[usable]))]
    return Routes(origin[ordered], place[ordered], acceptance[ordered])


def _by_line(table: Table, lines: list[str], longest: float | None) -> pd.DataFrame:
    """One row per redirect and line; a row of its own line goes before one for all lines."""
    frame = table.frame
    if longest is not None:
        frame = frame[(frame["drive_minutes"].isna() | (frame["drive_minutes"] <= longest)).to_numpy()]
    own = frame[(frame["service_line"] != "").to_numpy()]
    general = frame[(frame["service_line"] == "").to_numpy()].drop(columns="service_line")
    spread = general.merge(pd.DataFrame({"service_line": lines}), how="cross")
    both = pd.concat([own, spread[own.columns]], ignore_index=True)
    return both.drop_duplicates(["from_location", "to_location", "service_line"]).reset_index(drop=True)


def problems(tables: Mapping[str, Table], units: pd.DataFrame) -> list[Problem]:
    """Redirects to the clinic itself, into another market, or to a line that the clinic has no appointments for."""
    if "redirects" not in tables:
        return []
    table = tables["redirects"]
    market = dict(zip(units["location"], units["market"], strict=True))
    known = set(zip(units["location"], units["service_line"], strict=True))
    found = []
    for row, line in zip(table.frame.to_dict("records"), table.lines, strict=True):
        origin, place, service = row["from_location"], row["to_location"], row["service_line"]
        if origin == place:
            text, hint = f"'{origin}' redirects to itself", "name another clinic of the market"
        elif origin in market and place in market and market[origin] != market[place]:
            text = f"'{origin}' is in market '{market[origin]}', '{place}' in '{market[place]}'"
            hint = "a redirect stays in its market; remove the row or mend locations"
        elif service and (origin, service) in known and (place, service) not in known:
            text = f"'{place}' has no appointments for '{service}'"
            hint = "add its rows to appointment_capacity and patient_value, or remove the redirect"
        else:
            continue
        found.append(Problem(table.file, int(line), text, hint, "to_location", "redirect"))
    return found
