"""Writes made-up feeds of a week for a scenario, so that the weekly recommendation can be tried.

``python -m scenarios.feeds_generator SCENARIO WEEK FOLDER`` fills in the templates of ``optimizer feeds``: what was
spent of the budgets in effect, leads by the scenario's own curves, a funnel by its own rates, and slots booked by what
the recorded runs planned. The same ledger and week give the same feeds. Made up is also what goes wrong: paid social
brings a fifth fewer leads than its curves say, and intake reaches fewer of all leads than the funnel says.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer import api
from optimizer.calibration.files import csv_text, read_table
from optimizer.plan.runs import read_run
from optimizer.response.forecast import campaign_curves
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from optimizer.weekly.book import SUPERSEDED, Book
from optimizer.weekly.feeds import CAPACITY, FEEDS, FUNNEL, SPEND
from optimizer.weekly.ledger import open_ledger

Floats = npt.NDArray[np.float64]

SEED = 20260928
SPENT = 0.97
"""Part of the budgets that is spent."""
WEAK_CHANNEL, WEAK_BY = "Paid social", 0.8
"""A channel whose curves promise too much, and leads that come relative to them."""
REACHED = 0.85
"""Leads that intake reaches, relative to the funnel's rate."""
LATE = 0.12
"""Qualified leads that are answered late."""


def write_feeds(scenario: Scenario, week: dt.date, folder: Path, ledger: Path) -> None:
    """Write the feeds of a week into a folder that is not there yet."""
    rng = np.random.default_rng(SEED + week.toordinal())
    facts = api.validate(scenario)
    api.feed_templates(scenario, week, folder)
    with open_ledger(ledger) as opened:
        book = Book(opened, scenario.definition.name)
        budgets = book.known(scenario, week.isoformat()).budgets
        booked = _booked(book, week.isoformat())
    money = SPENT * np.array([budgets[name] for name in facts.campaigns["campaign"]])
    leads = rng.poisson(_expected(facts, money))
    made = {
        SPEND: facts.campaigns[["campaign"]].assign(spend=np.round(money, 2), leads=leads),
        FUNNEL: _funnel(facts, scenario, leads, rng),
    }
    day = (week - dt.timedelta(days=2)).isoformat()
    for path in sorted(folder.glob("*.csv")):
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
        if path.stem in made:
            frame = made[path.stem].assign(week=(week - dt.timedelta(weeks=1)).isoformat())
        if path.stem == CAPACITY:
            frame = _with_bookings(frame, booked)
        frame = frame.assign(as_of=day).reindex(columns=[column.name for column in FEEDS[path.stem].columns])
        path.write_text(csv_text(frame.astype(object).where(frame.notna(), "")), encoding="utf-8", newline="")
        read_table(path, FEEDS[path.stem])


def _expected(facts: Facts, money: Floats) -> Floats:
    """Leads that come of a week's money, in a normal week."""
    weak = np.where(facts.campaigns["channel"] == WEAK_CHANNEL, WEAK_BY, 1.0)
    return np.asarray(weak * campaign_curves(facts).leads(money))


def _funnel(facts: Facts, scenario: Scenario, leads: npt.NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    """Counts of each line and channel, drawn by the scenario's own rates."""
    keys = ["service_line", "channel"]
    frame = facts.campaigns.assign(leads=leads).groupby(keys, sort=True)["leads"].sum().reset_index()
    rates = scenario.tables["funnel"].frame
    frame = frame.merge(rates[rates["location"] == ""], on=keys, how="left")
    valid = rng.binomial(frame["leads"], frame["valid_rate"])
    contacted = rng.binomial(valid, REACHED * frame["contactable_rate"])
    qualified = rng.binomial(contacted, frame["qualified_rate"])
    late = rng.binomial(qualified, LATE)
    booked = rng.binomial(qualified - late, frame["booking_rate"])
    booked_late = rng.binomial(late, frame["booking_rate_late"])
    return frame[[*keys, "leads"]].assign(
        valid=valid, contacted=contacted, qualified=qualified, booked=booked, answered_late=late,
        booked_late=booked_late, routed_in_target=rng.binomial(frame["leads"], 0.9),
        complete_fields=rng.binomial(booked + booked_late, 0.8), completed=rng.binomial(booked + booked_late, 0.45),
    )  # fmt: skip


def _booked(book: Book, week: str) -> pd.Series:
    """Bookings that runs of earlier weeks planned of patients who asked in these weeks, by place and visit week."""
    found = []
    for entry in book.entries("state <> ? AND week < ?", SUPERSEDED, week):
        rows = read_run(entry.folder).table("bookings")
        found.append(rows[rows["week"] == entry.week])
    if not found:
        return pd.Series(dtype=float)
    return pd.concat(found).groupby(["seen_at", "service_line", "visit_week"])["booked"].sum()


def _with_bookings(frame: pd.DataFrame, booked: pd.Series) -> pd.DataFrame:
    """Slots with nine in ten of the bookings taken, as far as there are slots."""
    if booked.empty:
        return frame
    key = pd.MultiIndex.from_frame(frame[["location", "service_line", "week"]])
    more = np.round(0.9 * booked.reindex(key).fillna(0.0).to_numpy(float))
    taken = frame["already_booked"].to_numpy(float)
    return frame.assign(already_booked=np.maximum(np.minimum(taken + more, frame["new_patient_slots"]), taken))


def main() -> None:
    """The command line of the generator."""
    parser = argparse.ArgumentParser(description="Write made-up feeds of a week.")
    parser.add_argument("scenario", type=Path)
    parser.add_argument("week", type=dt.date.fromisoformat, help="Monday of the week that is to be recommended")
    parser.add_argument("folder", type=Path, help="folder to write; it must not exist yet")
    parser.add_argument("--ledger", type=Path, default=Path("runs/ledger.sqlite"))
    given = parser.parse_args()
    write_feeds(api.load(given.scenario), given.week, given.folder, given.ledger)


if __name__ == "__main__":
    main()
