"""Care pathways: which visits of one service line lead to visits in another, and where these can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.definition import Objective
from optimizer.scenario.match import Codes, Floats, codes_of
from optimizer.scenario.redirects import Pair
from optimizer.scenario.tables import Table

Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Pathways:
    """Pathways out of the units: F counts a pathway out of one unit, A that and a unit which sees its patients.

    Attributes:
        row: (F,) row of care_pathways.
        name: (F,) the pathway in words.
        origin: (F,) unit whose completed visits lead on.
        to_line: (F,) service line that they lead to.
        share: (F,) follow-on visits per completed visit.
        lag: (F,) weeks from the visit to the follow-on visit.
        margin: (F,) worth of a follow-on visit in the objective's unit; NaN where it is what the line's own patients
            are worth.
        leaving: (A,) pathway out of a unit, a position in the arrays above.
        place: (A,) unit that sees the follow-on visit.
    """

    row: Codes
    name: Names
    origin: Codes
    to_line: Names
    share: Floats
    lag: Codes
    margin: Floats
    leaving: Codes
    place: Codes

    def worth(self, own: Floats) -> Floats:
        """(A,) worth of a follow-on visit, where ``own`` (U,) is what a unit's own patients are worth."""
        given = self.margin[self.leaving]
        return np.where(np.isnan(given), own[self.place], given)

    def lost_worth(self, own: Floats) -> Floats:
        """(F,) worth of a follow-on visit that nobody sees: where it would be worth most; 0 where no one knows."""
        best = np.zeros(len(self.origin))
        np.maximum.at(best, self.leaving, self.worth(own))
        return np.where(np.isnan(self.margin), best, self.margin)

    def without_margin(self, units: int) -> Flags:
        """(U,) units where some follow-on visit is worth what the unit's own patients are."""
        found = np.zeros(units, dtype=bool)
        found[self.place[np.isnan(self.margin[self.leaving])]] = True
        return found

    @property
    def used(self) -> int:
        """How many rows of care_pathways are followed; a patient follows no more of them one after the other."""
        return len(set(self.row.tolist()))


def reached(tables: Mapping[str, Table], asked: set[Pair]) -> set[Pair]:
    """Clinic and line pairs, beside ``asked``, to which care leads on from them and that have appointments."""
    if "care_pathways" not in tables:
        return set()
    rows = tables["care_pathways"].frame
    places = _places(tables)
    found, fresh = set(asked), set(asked)
    while fresh:
        ways = _pairs(rows, pd.DataFrame(sorted(fresh), columns=["location", "service_line"]), places)
        fresh = set(zip(ways["seen_at"], ways["to_line"], strict=True)) - found
        found |= fresh
    return found - asked


def pathways(tables: Mapping[str, Table], units: pd.DataFrame, objective: Objective) -> Pathways:
    """Pathways out of the units, in the order of the units.

    Args:
        tables: The scenario's tables.
        units: (U rows) location and service_line.
        objective: What a follow-on visit counts in: its margin, 1 where visits or bookings are counted, or nothing.
    """
    nothing, none = np.empty(0, dtype=np.int64), np.empty(0)
    if "care_pathways" not in tables:
        names = np.empty(0, dtype=str)
        return Pathways(nothing, names, nothing, names, none, nothing, none, nothing, nothing)
    rows = tables["care_pathways"].frame
    leaving = _leaving(rows, units)
    chosen = rows.iloc[leaving["row"]]
    known = pd.Index(list(zip(units["location"], units["service_line"], strict=True)))
    ways = _pairs(rows, units, _places(tables)).merge(
        leaving.assign(leaving=range(len(leaving))), on=["row", "unit"], validate="many_to_one"
    )
    ways = ways.assign(place=codes_of(list(zip(ways["seen_at"], ways["to_line"], strict=True)), known))
    ways = ways.sort_values(["leaving", "place"])
    return Pathways(
        row=leaving["row"].to_numpy(np.int64),
        name=(chosen["from_line"] + " to " + chosen["to_line"]).to_numpy(dtype=str),
        origin=leaving["unit"].to_numpy(np.int64),
        to_line=chosen["to_line"].to_numpy(dtype=str),
        share=chosen["share"].to_numpy(float),
        lag=chosen["lag_weeks"].to_numpy(np.int64),
        margin=_margins(chosen["margin"].to_numpy(float), objective),
        leaving=ways["leaving"].to_numpy(np.int64),
        place=ways["place"].to_numpy(np.int64),
    )


def _margins(given: Floats, objective: Objective) -> Floats:
    match objective:
        case Objective.LTV | Objective.FIRST_VISIT_MARGIN:
            return given
        case Objective.VISITS | Objective.BOOKINGS:
            return np.ones_like(given)
        case Objective.MIN_SPEND:
            return np.zeros_like(given)


def longest_chain(tables: Mapping[str, Table], lines: set[str]) -> int:
    """Most weeks from a visit in one of the lines to the last visit that it can lead to."""
    if "care_pathways" not in tables:
        return 0
    rows = tables["care_pathways"].frame[["from_line", "to_line", "lag_weeks"]]
    ahead: dict[str, int] = {}
    for _ in range(len(rows)):
        for start, end, lag in rows.itertuples(index=False, name=None):
            ahead[start] = max(ahead.get(start, 0), int(lag) + ahead.get(end, 0))
    return max((ahead.get(line, 0) for line in lines), default=0)


def _places(tables: Mapping[str, Table]) -> pd.DataFrame:
    """Clinic and line pairs with appointments, with their market: seen_at, to_line, market."""
    capacity = tables["appointment_capacity"].frame[["location", "service_line"]].drop_duplicates()
    places = capacity.rename(columns={"location": "seen_at", "service_line": "to_line"})
    return places.assign(market=_markets(tables, places["seen_at"]))


def _markets(tables: Mapping[str, Table], locations: pd.Series) -> npt.NDArray[np.object_]:
    if "locations" not in tables:
        return np.full(len(locations), "all", dtype=object)
    known = tables["locations"].frame.set_index("location")["market"]
    return known.reindex(locations).to_numpy(dtype=object)


def _leaving(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """One row per unit and pathway out of it: unit, row."""
    lines = rows[["from_line", "to_line"]].assign(row=range(len(rows)))
    mine = units[["location", "service_line"]].assign(unit=range(len(units)))
    found = mine.merge(lines, left_on="service_line", right_on="from_line")
    return found.sort_values(["unit", "to_line"])[["unit", "row"]].reset_index(drop=True)


def _pairs(rows: pd.DataFrame, units: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row per unit, pathway out of it and clinic that can see its follow-on visits: unit, row, to_line, seen_at."""
    market = places.drop_duplicates("seen_at").set_index("seen_at")["market"]
    mine = units[["location", "service_line"]].assign(unit=range(len(units)))
    mine = mine.assign(market=market.reindex(mine["location"]).to_numpy(dtype=object))
    ways = rows[["from_line", "to_line", "location_rule"]].assign(row=range(len(rows)))
    found = mine.merge(ways, left_on="service_line", right_on="from_line").merge(places, on=["to_line", "market"])
    near = (found["location_rule"] == "market") | (found["seen_at"] == found["location"])
    return found.loc[near, ["unit", "row", "to_line", "seen_at"]]


def problems(tables: Mapping[str, Table]) -> list[Problem]:
    """Pathways that lead back to where they began: a visit would lead to visits again and again."""
    if "care_pathways" not in tables:
        return []
    table = tables["care_pathways"]
    ways = list(zip(table.frame["from_line"], table.frame["to_line"], strict=True))
    found = []
    for position, (start, end) in enumerate(ways):
        if start in _ahead(end, ways):
            text = f"visits of '{start}' lead to '{end}' and from there back to '{start}', again and again"
            hint = "remove a row of the circle; a pathway leads on, never back"
            found.append(table.problem(position, text, hint, "to_line", "pathway_circle"))
    return found


def _ahead(line: str, ways: list[tuple[str, str]]) -> set[str]:
    """Lines that visits of a line lead to, itself included."""
    found, fresh = {line}, {line}
    while fresh:
        fresh = {end for start, end in ways if start in fresh} - found
        found |= fresh
    return found


def ranking_problems(
    table: Table, found: Pathways, units: pd.DataFrame, own: Floats, takes_new: Flags
) -> list[Problem]:
    """Pathways by whose margin patients would be ranked: behind new patients, or by the line that they come from.

    Args:
        table: care_pathways.
        found: The pathways.
        units: (U rows) location and service_line.
        own: (U,) worth of a visit of the unit's own patients in the objective's unit.
        takes_new: (U,) units that new patients come to.
    """
    worth, rows = found.worth(own), found.row[found.leaving]
    places = (units["location"] + " " + units["service_line"]).to_numpy(dtype=str)
    problems: dict[int, Problem] = {}
    for arc in np.flatnonzero(takes_new[found.place] & (worth < own[found.place])):
        text = (
            f"a follow-on visit at {places[found.place[arc]]} is worth {worth[arc]:,.2f}, a new patient's"
            f" {own[found.place[arc]]:,.2f}: patients who are sent on would come after new ones"
        )
        hint = "raise the margin to that of new patients, or leave it blank and no value_multiplier above 1 (channels)"
        problems.setdefault(int(rows[arc]), _of_margin(table, int(rows[arc]), text, hint))
    best = np.full(len(units), -np.inf)
    np.maximum.at(best, found.place, worth)
    for arc in np.flatnonzero(worth < best[found.place]):
        text = (
            f"a follow-on visit at {places[found.place[arc]]} is worth {worth[arc]:,.2f} from"
            f" '{table.frame['from_line'].iloc[rows[arc]]}' and {best[found.place[arc]]:,.2f} from another line:"
            " patients would be ranked by where they come from"
        )
        hint = "give the pathways into one line the same margin, such as their average"
        problems.setdefault(int(rows[arc]), _of_margin(table, int(rows[arc]), text, hint))
    return list(problems.values())


def _of_margin(table: Table, row: int, text: str, hint: str) -> Problem:
    return table.problem(row, text, hint, "margin", "ranked")


def counted_twice(table: Table, value: Table, found: Pathways, value_row: Codes) -> list[Problem]:
    """Lifetime margins that may count follow-on visits already, of lines that a pathway with a margin leaves.

    Args:
        table: care_pathways.
        value: patient_value.
        found: The pathways.
        value_row: (U,) row of patient_value that each unit's patients are worth; -1 where none is needed.
    """
    problems: dict[int, Problem] = {}
    for leaving in np.flatnonzero((found.margin != 0) & (value_row[found.origin] >= 0)):
        row = int(value_row[found.origin[leaving]])
        said, line = value.frame["includes_downstream"].iloc[row], value.frame["service_line"].iloc[row]
        place = f"{table.file}:{int(table.lines[found.row[leaving]])}"
        if said == "no":
            continue
        if said == "yes":
            text = f"ltv_margin of '{line}' counts follow-on visits, and {place} counts them again"
            hint = "give ltv_margin without follow-on visits and say 'no', or set the pathway's margin to 0"
        else:
            text = f"care leads on from '{line}' ({place}), but it is not said whether ltv_margin counts that already"
            hint = "say 'yes' or 'no' in includes_downstream"
        problem = value.problem(row, text, hint, "includes_downstream", "counted_twice")
        problems.setdefault(row, problem)
    return list(problems.values())


def notes(tables: Mapping[str, Table], found: Pathways, units: pd.DataFrame) -> list[str]:
    """What becomes of follow-on visits that no clinic can see, and pathways that no patient of the plan begins."""
    if "care_pathways" not in tables:
        return []
    said = []
    routed = np.zeros(len(found.origin), dtype=bool)
    routed[found.leaving] = True
    for name in dict.fromkeys(found.name[~routed].tolist()):
        mine = found.name == name
        places = units["location"].iloc[found.origin[mine & ~routed]].tolist()
        listed = ", ".join(places[:3]) + (" ..." if len(places) > 3 else "")
        said.append(
            f"care_pathways: follow-on visits of {name} from {len(places)} of {int(mine.sum())} clinics ({listed}) find"
            " no clinic that has the line; they are lost"
        )
    idle = len(tables["care_pathways"].frame) - found.used
    if idle:
        said.append(f"care_pathways: {idle} pathways leave a line that no patient of the plan comes to")
    return said
