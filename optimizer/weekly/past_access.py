"""Slots, bookings and waits of past weeks: as a run planned them, and as the feeds of the week after had them.

The feed of a week speaks of that week and later ones, so a run's slots of the next week are held against what that week
began with, and its bookings against what was booked when it began. Only clinics and lines whose figures are newer there
are compared.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.weekly.past import Recorded

_PLACE = ["location", "service_line"]


def access_between(before: Recorded, after: Recorded) -> pd.DataFrame:
    """One row per clinic and line with a campaign, for a recorded week and the next one.

    Returns:
        Columns week, location, service_line; slots_planned and slots_now (new-patient slots of the next recorded week);
        bookings_planned (of patients who asked in the week, seen at this clinic in weeks from the next one on that both
        know) and bookings_now (rise of booked slots in these weeks, less what other patients were expected to book and
        no longer are; follow-on visits are in it);
        wait_planned (average days that the plan had patients of the week wait, NaN where it booked none); wait_before
        and wait_now (days to the third next open slot, NaN where not told). Rows whose figures are no newer in the next
        week have NaN in all that is of the next week.
    """
    key = [*_PLACE, "week"]
    both = _figures(before).merge(_figures(after), on=key, suffixes=("_planned", "_now"), validate="one_to_one")
    rise = (both["already_booked_now"] - both["already_booked_planned"]) - (
        both["expected_baseline_bookings_planned"] - both["expected_baseline_bookings_now"]
    )
    rises = both.assign(rise=rise).groupby(_PLACE)["rise"].sum()
    slots = both[both["week"] == after.week].set_index(_PLACE)
    planned = _planned_bookings(before, set(both["week"]))
    places = before.facts.units.loc[before.facts.takes_new, _PLACE].reset_index(drop=True)
    index = pd.MultiIndex.from_frame(places)
    fresh = (_newest(after).reindex(index).fillna("") > _newest(before).reindex(index).fillna("")).to_numpy()
    table = places.assign(
        week=before.week,
        slots_planned=slots["new_patient_slots_planned"].reindex(index).to_numpy(float),
        slots_now=slots["new_patient_slots_now"].reindex(index).to_numpy(float),
        bookings_planned=planned.reindex(index).fillna(0.0).to_numpy(float),
        bookings_now=rises.reindex(index).to_numpy(float),
        wait_planned=_waits(before).reindex(index).to_numpy(float),
        wait_before=_next_open(before).reindex(index).to_numpy(float),
        wait_now=_next_open(after).reindex(index).to_numpy(float),
    )
    of_next = ["slots_now", "bookings_now", "wait_now"]
    return table.assign(**{name: np.where(fresh, table[name], np.nan) for name in of_next})


def _figures(recorded: Recorded) -> pd.DataFrame:
    """Slots of the weeks that a run planned, as it had them."""
    table = recorded.run.table("capacity")
    planned = table["week"].isin([str(week) for week in recorded.facts.weeks[: recorded.facts.planned]])
    figures = ["new_patient_slots", "already_booked", "expected_baseline_bookings"]
    return table.loc[planned, [*_PLACE, "week", *figures]]


def _newest(recorded: Recorded) -> pd.Series:
    """Day of the newest figures of each clinic and line."""
    return recorded.scenario.tables["appointment_capacity"].frame.groupby(_PLACE)["as_of"].max()


def _asked(recorded: Recorded) -> pd.DataFrame:
    """Bookings of patients who ask in the week itself."""
    booked = recorded.run.table("bookings")
    return booked[booked["week"] == recorded.week]


def _planned_bookings(recorded: Recorded, weeks: set[str]) -> pd.Series:
    """Bookings by the clinic that sees the patient, in some visit weeks."""
    booked = _asked(recorded)
    mine = booked[booked["visit_week"].isin(weeks)]
    return mine.groupby(["seen_at", "service_line"])["booked"].sum().rename_axis(_PLACE)


def _waits(recorded: Recorded) -> pd.Series:
    """Average days that patients wait, by the clinic asked for."""
    booked = _asked(recorded)
    sums = booked.assign(days=7 * booked["weeks_waited"] * booked["booked"]).groupby(_PLACE)[["days", "booked"]].sum()
    return sums["days"] / sums["booked"].where(sums["booked"] > 0)


def _next_open(recorded: Recorded) -> pd.Series:
    table = recorded.run.table("capacity")
    return table[table["week"] == recorded.week].set_index(_PLACE)["third_next_available_days"]
