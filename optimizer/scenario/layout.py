"""The tables of a scenario laid out as facts: matched with each other, every contradiction found in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem, ScenarioError
from optimizer.scenario import checks, pathways, redirects, resources
from optimizer.scenario.bounds import Gates
from optimizer.scenario.campaign_flags import flag_problems
from optimizer.scenario.definition import Objective
from optimizer.scenario.events import event_problems, multipliers
from optimizer.scenario.facts import Facts, Flags, Team, best_multipliers, own_worth, week_names
from optimizer.scenario.gates import Inputs, gate_notes, gates_of
from optimizer.scenario.lifetime import ltv_margins
from optimizer.scenario.match import Codes, Floats, codes_of
from optimizer.scenario.pathways import Pathways
from optimizer.scenario.platform_budgets import platform_budget_problems
from optimizer.scenario.read import Scenario
from optimizer.scenario.resources import Resources
from optimizer.scenario.sources import Sources
from optimizer.scenario.tables import LEAD_WEEKS, TABLES, Table


def establish(scenario: Scenario) -> Facts:
    """Match every table of a scenario with every other and lay the facts out as arrays.

    Raises:
        ScenarioError: with every problem found, each with its file and line.
    """
    problems = checks.label_problems(scenario)
    if problems:
        raise ScenarioError(scenario.definition.name, problems)
    return _Layout(scenario).facts()


class _Layout:
    """Lays the tables out. Each method fills the arrays of one table and collects its problems."""

    def __init__(self, scenario: Scenario) -> None:
        self.definition = scenario.definition
        self.tables: Mapping[str, Table] = scenario.tables
        self.problems: list[Problem] = []
        self.notes: list[str] = list(scenario.notes)
        self.lines = scenario.lines
        self.sources = Sources.of(scenario)
        frame = scenario.tables["campaigns"].frame
        self.campaign_order = np.argsort(frame["campaign"].to_numpy(dtype=str), kind="stable")
        self.rows = frame.iloc[self.campaign_order].reset_index(drop=True)
        self.planned = self.definition.calendar.weeks

    def facts(self) -> Facts:
        lead_share = self._lead_share()
        units, takes_new = self._units()
        unit = codes_of(self._pairs(self.rows), pd.Index(self._pairs(units)))
        kept, show, slots_per_booking = self._waits(units, takes_new)
        routes = self._routes(units, takes_new)
        lead_weeks = self.planned + lead_share.shape[1] - 1
        chain = pathways.longest_chain(self.tables, set(units["service_line"]))
        weeks = week_names(self.definition.calendar.first_week, lead_weeks + kept.shape[1] - 1 + chain)
        teams = np.array(sorted(set(units["intake_team"]) - {""}), dtype=str)
        demand, cost = self._seasons(weeks[: self.planned])
        funnel_row = self._positions("funnel", self.rows, ("service_line", "channel"))
        funnel = self._funnel(funnel_row)
        capacity = self._capacity(units, weeks)
        self.problems += checks.idle_waitlists(self.tables["appointment_capacity"], units, capacity, takes_new)
        onward = pathways.pathways(self.tables, units, self.definition.objective)
        multiplier = self._column("channels", "channel", self.rows["channel"], "value_multiplier", 1.0).to_numpy(float)
        joined = (routes["route_from"], routes["route_to"])
        best = best_multipliers(multiplier, unit, capacity["waitlist"], *joined)
        value = self._value(units, takes_new, onward, best)
        shared = self._resources(units, weeks)
        staffing = self._staffing(teams, weeks[:lead_weeks])
        curves = self._curves()
        limits = self._limits(weeks)
        self._events(units, unit, teams, weeks, lead_weeks)
        self._checks(weeks)
        if "campaign_flags" in self.tables:
            self.problems += flag_problems(self.tables["campaign_flags"], self._with_places(self.rows, units, unit))
        if self.problems:
            raise ScenarioError(self.definition.name, self.problems)
        gates = self._gates(units, unit, capacity, curves, funnel_row)
        floor, ceiling = gates.bounds()
        return Facts(
            definition=self.definition,
            weeks=weeks,
            planned=self.planned,
            lead_weeks=lead_weeks,
            campaigns=self._campaigns(units, unit),
            units=units,
            teams=teams,
            unit=unit,
            takes_new=takes_new,
            team=codes_of(units["intake_team"], pd.Index(teams)),
            current=self.rows["current_weekly_spend"].to_numpy(float),
            floor=floor,
            ceiling=ceiling,
            gates=gates,
            curves=curves,
            lead_share=lead_share,
            demand=demand,
            cost=cost,
            multiplier=multiplier,
            **funnel,
            **capacity,
            **routes,
            slots_per_booking=slots_per_booking,
            kept=kept,
            show=show,
            first_visit_margin=value[:, 0],
            ltv_margin=value[:, 1],
            pathways=onward,
            resources=shared,
            staffing=staffing,
            limits=limits,
            notes=tuple(self.notes),
            sources=self.sources,
        )

    @staticmethod
    def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
        return list(zip(frame["location"], frame["service_line"], strict=True))

    def _column(self, table: str, key: str, labels: pd.Series, column: str, absent: float | str) -> pd.Series:
        """Value of ``column`` for each label, from a table that may be absent."""
        if table not in self.tables:
            return pd.Series([absent] * len(labels))
        frame = self.tables[table].frame
        return frame[column].iloc[codes_of(labels, pd.Index(frame[key]))].reset_index(drop=True)

    def _units(self) -> tuple[pd.DataFrame, Flags]:
        """Units of campaigns, redirects and pathways, and whether new patients come to them."""
        pairs = set(self._pairs(self.rows))
        pairs |= redirects.reached(self.tables, pairs, self.definition.policies.max_drive_minutes)
        onward = pathways.reached(self.tables, pairs)
        units = pd.DataFrame(sorted(pairs | onward), columns=["location", "service_line"])
        takes_new = np.array([pair in pairs for pair in self._pairs(units)], dtype=bool)
        market = self._column("locations", "location", units["location"], "market", "")
        units.insert(0, "market", market.replace("", "all"))
        team = self._column("locations", "location", units["location"], "intake_team", "")
        units["intake_team"] = team.where(takes_new, "")
        return units, takes_new

    def _campaigns(self, units: pd.DataFrame, unit: Codes) -> pd.DataFrame:
        campaigns = self.rows[["campaign", "location", "service_line", "channel"]].copy()
        campaigns.insert(1, "market", units["market"].to_numpy()[unit])
        return campaigns

    def _lead_share(self) -> Floats:
        names = [f"lead_share_week_{lag}" for lag in range(LEAD_WEEKS)]
        if "channels" not in self.tables:
            return np.ones((len(self.rows), 1))
        table = self.tables["channels"]
        shares = table.frame[names].to_numpy(float, copy=True)
        shares[(shares == 0).all(axis=1), 0] = 1.0
        self.problems += checks.share_sums(table, shares)
        longest = int(np.flatnonzero((shares > 0).any(axis=0)).max())
        mine = codes_of(self.rows["channel"], pd.Index(table.frame["channel"]))
        return shares[mine, : longest + 1]

    def _waits(self, units: pd.DataFrame, takes_new: Flags) -> tuple[Floats, Floats, Floats]:
        """Kept share and show rate by unit and wait, and slots per booking; follow-on visits are not asked to wait."""
        least = self._column("service_lines", "service_line", units["service_line"], "min_weeks_to_visit", 0.0)
        cancel = self._column("service_lines", "service_line", units["service_line"], "cancel_rate", 0.0)
        backfill = self._column("service_lines", "service_line", units["service_line"], "backfill_rate", 0.0)
        slots_per_booking = 1.0 - cancel.to_numpy(float) * backfill.to_numpy(float)
        if "show_rates" not in self.tables:
            waits = np.arange(int(least.max()) + 1)
            usable = (waits == least.to_numpy(float)[:, None]) & takes_new[:, None]
            return usable.astype(float), np.ones(usable.shape), slots_per_booking
        table = self.tables["show_rates"]
        lines = pd.Index(sorted(set(units["service_line"])))
        longest = self.definition.policies.max_weeks_waited
        rows = table.frame[(codes_of(table.frame["service_line"], lines) >= 0).tolist()]
        waits = rows["weeks_waited"].to_numpy(int)
        if longest is not None:
            rows, waits = rows[waits <= longest], waits[waits <= longest]
        kept, show = (np.zeros((len(lines), int(waits.max(initial=0)) + 1)) for _ in range(2))
        line = codes_of(rows["service_line"], lines)
        kept[line, waits], show[line, waits] = rows["kept_share"], rows["show_rate"]
        mine = codes_of(units["service_line"], lines)
        kept, show = kept[mine], show[mine]
        kept[np.arange(kept.shape[1]) < least.to_numpy(float)[:, None]] = 0.0
        kept[~takes_new] = 0.0
        self.problems += checks.usable_waits(table, units[takes_new], kept[takes_new])
        return kept, show, slots_per_booking

    def _gates(
        self, units: pd.DataFrame, unit: Codes, capacity: Mapping[str, Any], curves: pd.DataFrame, funnel_row: Codes
    ) -> Gates:
        table, weeks = self.tables["campaigns"], week_names(self.definition.calendar.first_week, self.planned)
        places = [f"{table.file}:{line}" for line in table.lines[self.campaign_order]]
        taken = capacity["already_booked"][:, 0] + capacity["baseline"][:, 0]
        seen = curves["observed_max_weekly_spend"].to_numpy(float) * self.definition.policies.extrapolation
        inputs = Inputs(
            definition=self.definition,
            lines=self.lines,
            tables=self.tables,
            campaigns=self._with_places(self.rows, units, unit).assign(place=places),
            weeks=weeks,
            units=units,
            unit=unit,
            open_slots=np.maximum(capacity["slots"][:, 0] * self.definition.policies.fill_cap - taken, 0.0),
            next_available=capacity["next_available"],
            known=np.floor(seen * 100 + 1e-6) / 100,
            funnel=funnel_row,
        )
        gates = gates_of(inputs)
        self.notes += gate_notes(inputs, gates)
        return gates

    @staticmethod
    def _with_places(rows: pd.DataFrame, units: pd.DataFrame, unit: Codes) -> pd.DataFrame:
        mine = units.iloc[unit]
        return rows.assign(market=mine["market"].to_numpy(), intake_team=mine["intake_team"].to_numpy())

    def _routes(self, units: pd.DataFrame, takes_new: Flags) -> dict[str, Any]:
        own, asked = np.arange(len(units)), np.flatnonzero(takes_new)
        offered = units.iloc[asked]
        found = redirects.routes(self.tables, offered, self.definition.policies.max_drive_minutes)
        self.problems += redirects.problems(self.tables, offered)
        return {
            "route_from": np.concatenate([own, asked[found.origin]]),
            "route_to": np.concatenate([own, asked[found.place]]),
            "acceptance": np.concatenate([np.ones(len(own)), found.acceptance]),
        }

    def _seasons(self, weeks: npt.NDArray[np.str_]) -> tuple[Floats, Floats]:
        shape = (len(self.rows), len(weeks))
        demand, cost = np.ones(shape), np.ones(shape)
        if "seasonality" not in self.tables:
            return demand, cost
        market = self._column("locations", "location", self.rows["location"], "market", "").replace("", "all")
        labels = {"market": market, **{name: self.rows[name] for name in ("location", "service_line", "channel")}}
        frame = self.tables["seasonality"].frame
        position = codes_of(frame["week"], pd.Index(weeks))
        for scope, rows in frame.groupby([*labels], sort=False, dropna=False).indices.items():
            mine = np.ones(shape[0], dtype=bool)
            for name, wanted in zip(labels, scope if isinstance(scope, tuple) else (scope,), strict=True):
                mine &= (labels[name] == wanted).to_numpy() if wanted else True
            known = rows[position[rows] >= 0]
            demand[np.ix_(mine, position[known])] *= frame["demand_index"].to_numpy(float)[known]
            cost[np.ix_(mine, position[known])] *= frame["cost_index"].to_numpy(float)[known]
        return demand, cost

    def _value(self, units: pd.DataFrame, takes_new: Flags, onward: Pathways, multiplier: Floats) -> Floats:
        """(U, 2) margins of a first visit and over the horizon; 0 where nothing of the plan is worth them.

        Args:
            units: The units.
            takes_new: (U,) units that new patients come to.
            onward: The pathways.
            multiplier: (U,) greatest worth of a new patient seen at the unit, relative to these margins; as by
                :func:`best_multipliers`.
        """
        table, objective = self.tables["patient_value"], self.definition.objective
        needed = np.flatnonzero(takes_new | onward.without_margin(len(units)))
        row = np.full(len(units), -1)
        row[needed] = self._positions("patient_value", units.iloc[needed], ("service_line",))
        value = np.zeros((len(units), 2))
        ltv_margin, problems = ltv_margins(table)
        margins = np.column_stack([table.frame["first_visit_margin"].to_numpy(float), ltv_margin])
        value[needed] = margins[row[needed]]
        self.problems += problems
        self.problems += pathways.problems(self.tables)
        self.notes += pathways.notes(self.tables, onward, units)
        if "care_pathways" in self.tables:
            ways, own = self.tables["care_pathways"], own_worth(objective, *value.T)
            own = own * multiplier if objective.values_patients else own
            self.problems += pathways.ranking_problems(ways, onward, units, own, takes_new)
            if objective is Objective.LTV:
                self.problems += pathways.counted_twice(ways, table, onward, row)
        return value

    def _resources(self, units: pd.DataFrame, weeks: npt.NDArray[np.str_]) -> Resources:
        names = resources.resource_names(self.tables)
        minutes = resources.resource_minutes(self.tables, names, units)
        grid = resources.resource_grid(self.tables, names, weeks)
        planned = weeks[: self.planned]
        self.problems += resources.resource_problems(self.tables, names, units, planned, grid[0])
        self._repeat_tail("shared_resources", grid)
        return Resources(names, minutes, *grid)

    def _positions(self, name: str, rows: pd.DataFrame, key: tuple[str, ...]) -> Codes:
        """Row of a table for each row of ``rows`` by ``key``; a clinic's own figures go before the general ones."""
        table = self.tables[name]
        own = pd.MultiIndex.from_frame(table.frame[["location", *key]])
        wanted = rows[["location", *key]]
        found = np.asarray(own.get_indexer(pd.MultiIndex.from_frame(wanted)))
        general = np.asarray(own.get_indexer(pd.MultiIndex.from_frame(wanted.assign(location=""))))
        chosen = np.where(found >= 0, found, general)
        self.problems += checks.missing_rows(table, wanted[chosen < 0])
        return np.asarray(chosen, dtype=np.int64)

    def _funnel(self, row: Codes) -> dict[str, Any]:
        names = ["valid_rate", "contactable_rate", "qualified_rate", "booking_rate", "booking_rate_late"]
        rates = self.tables["funnel"].frame[[*names, "handling_minutes"]].to_numpy(float)[row]
        valid, contactable, qualified, booking, late, minutes = rates.T
        reached = contactable * qualified
        self.problems += checks.late_rates(self.tables["funnel"])
        return {"valid": valid, "booking": reached * booking, "booking_late": reached * late, "minutes": minutes}

    def _capacity(self, units: pd.DataFrame, weeks: npt.NDArray[np.str_]) -> dict[str, Any]:
        table = self.tables["appointment_capacity"]
        frame = table.frame
        owner = codes_of(self._pairs(frame), pd.Index(self._pairs(units)))
        week = codes_of(frame["week"], pd.Index(weeks))
        idle = frame.loc[owner < 0, ["location", "service_line"]].drop_duplicates()
        if len(idle):
            self.notes.append(
                f"{len(idle)} clinic and service line pairs have capacity but no campaign; they are left out"
            )
        used = np.flatnonzero((owner >= 0) & (week >= 0))
        place = (owner[used], week[used])
        columns = ["new_patient_slots", "already_booked", "expected_baseline_bookings"]
        grid = np.full((3, len(units), len(weeks)), np.nan)
        grid[:, place[0], place[1]] = frame[columns].to_numpy(float)[used].T
        self.problems += checks.missing_weeks(
            table, units[["location", "service_line"]], weeks[: self.planned], grid[0]
        )
        self._repeat_tail("appointment_capacity", grid)
        if "calendar_events" in self.tables:
            grid[0] *= multipliers(self.tables["calendar_events"], "slot_multiplier", units, weeks)
        first = np.flatnonzero((owner >= 0) & (frame["week"] == weeks[0]).to_numpy())
        waitlist, next_available = np.zeros(len(units)), np.full(len(units), np.nan)
        waitlist[owner[first]] = frame["waitlist"].to_numpy(float)[first]
        next_available[owner[first]] = frame["third_next_available_days"].to_numpy(float)[first]
        self.problems += checks.late_waitlist(table, str(weeks[0]))
        return {
            "slots": grid[0],
            "already_booked": grid[1],
            "baseline": grid[2],
            "waitlist": waitlist,
            "next_available": next_available,
        }

    def _repeat_tail(self, table: str, grid: Floats) -> None:
        """Weeks after the plan that a table does not know repeat the last known week of the same row."""
        missing = np.isnan(grid[0])
        missing[:, : self.planned] = False
        if not missing.any():
            return
        for week in range(self.planned, grid.shape[2]):
            gap = missing[:, week]
            grid[:, gap, week] = grid[:, gap, week - 1]
        self.notes.append(
            f"{table}: {int(missing.any(axis=1).sum())} of {missing.shape[0]} rows end before the last patients of the"
            " plan come; the last known week is repeated"
        )

    def _staffing(self, teams: npt.NDArray[np.str_], weeks: npt.NDArray[np.str_]) -> Team:
        columns = ["agents", "paid_hours", "shrinkage", "baseline_contacts", "handling_minutes"]
        columns += ["overflow_hours", "overflow_cost_per_hour"]
        grid = np.full((len(columns), len(teams), len(weeks)), np.nan)
        waiting = np.zeros(len(teams))
        if len(teams):
            table = self.tables["intake_teams"]
            frame = table.frame
            owner, week = codes_of(frame["intake_team"], pd.Index(teams)), codes_of(frame["week"], pd.Index(weeks))
            used = (owner >= 0) & (week >= 0)
            grid[:, owner[used], week[used]] = frame[columns].to_numpy(float)[used].T
            np.add.at(waiting, owner[used], frame["opening_backlog"].to_numpy(float)[used])
            named = pd.DataFrame({"intake_team": teams})
            self.problems += checks.missing_weeks(table, named, weeks[: self.planned], grid[0])
            self._repeat_tail("intake_teams", grid)
            self.problems += checks.late_backlog(table, str(weeks[0])) + checks.overflow_prices(table)
            if "calendar_events" in self.tables:
                grid[:2] *= multipliers(self.tables["calendar_events"], "intake_multiplier", named, weeks)
        agents, paid, shrinkage, baseline, minutes, hours, price = grid
        return Team(agents, paid, shrinkage, baseline, minutes, hours, np.where(hours > 0, price, 0.0), waiting)

    def _curves(self) -> pd.DataFrame:
        table = self.tables["response_curves"]
        keys = ["campaign", "service_line", "channel"]
        self.problems += checks.curve_scopes(table)
        index = pd.MultiIndex.from_frame(table.frame[keys])
        own = np.asarray(
            index.get_indexer(pd.MultiIndex.from_frame(self.rows[keys].assign(service_line="", channel="")))
        )
        default = np.asarray(index.get_indexer(pd.MultiIndex.from_frame(self.rows[keys].assign(campaign=""))))
        chosen = np.where(own >= 0, own, default)
        self.problems += checks.missing_rows(table, self.rows.loc[chosen < 0, keys])
        curves = table.frame.iloc[chosen].reset_index(drop=True)
        return curves.assign(file=table.file, line=table.lines[chosen])

    def _events(
        self,
        units: pd.DataFrame,
        unit: Codes,
        teams: npt.NDArray[np.str_],
        weeks: npt.NDArray[np.str_],
        lead_weeks: int,
    ) -> None:
        if "calendar_events" in self.tables:
            self.problems += event_problems(
                self.tables["calendar_events"],
                units=(units, weeks),
                teams=(pd.DataFrame({"intake_team": teams}), weeks[:lead_weeks]),
                campaigns=(self._with_places(self.rows, units, unit), weeks[: self.planned]),
            )

    def _limits(self, weeks: npt.NDArray[np.str_]) -> pd.DataFrame:
        if "limits" not in self.tables:
            empty: dict[str, list[str]] = {column.name: [] for column in TABLES["limits"].columns}
            return pd.DataFrame(empty).assign(file="", line=0)
        table = self.tables["limits"]
        self.problems += checks.limit_problems(table, weeks, self.planned)
        frame = table.frame.assign(file=table.file, line=table.lines)
        return frame.sort_values("limit", kind="stable").reset_index(drop=True)

    def _checks(self, weeks: npt.NDArray[np.str_]) -> None:
        self.problems += checks.flight_problems(self.tables["campaigns"])
        self.problems += checks.budget_months(self.definition, self.lines, weeks[: self.planned])
        self.problems += checks.without_goal(self.definition, self.lines, self.tables)
        if "platform_budgets" in self.tables:
            self.problems += platform_budget_problems(self.tables["platform_budgets"], self.definition.currency)
