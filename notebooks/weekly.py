# %% [markdown]
# # Three Mondays
#
# A made-up group of five clinics lives from week to week: leads come, patients book and fill slots, providers leave.
# On each Monday the program is told what operations, marketing and intake know that day, and recommends the week's
# budgets.
#
# Nothing here was measured anywhere; `scenarios/world` says what such a simulation can show and what it cannot. Each
# cell is a cell: VS Code and PyCharm open this file as a notebook, Jupyter does with jupytext. It runs in the
# project's folder and writes into a new folder of its own.

# %%
import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd

from optimizer import api
from optimizer.weekly.book import Book
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.recommend import Recommendation
from scenarios.world.group import Course, make_group, monday
from scenarios.world.operations import World
from scenarios.world.play import play_worlds, summary
from scenarios.world.screen import screen
from scenarios.world.told import write_feeds, write_told

pd.options.display.width = 120
HERE = Path(tempfile.mkdtemp(prefix="weekly-"))
LEDGER, RUNS = HERE / "ledger.sqlite", HERE / "runs"

# %% [markdown]
# ## A group, and what the program knows of it
#
# The group has true curves, rates and plans for the future. The program gets a scenario with curves that are some ten
# to twenty percent wrong. Here every recommendation waits for somebody's approval.

# %%
world = World(make_group(seed=1, course=Course())).run_in()
write_told(world, HERE / "half_year")
scenario = api.load(HERE / "half_year", sets=["weekly.approval=required"])
names = scenario.tables["campaigns"].frame["campaign"]
print(f"{len(names)} campaigns spend ${world.group.today.sum():,.0f} a week, from {monday(world.week)} on")


def recommended(feeds: Path) -> Recommendation:
    """This Monday's recommendation, with its largest moves."""
    week = dt.date.fromisoformat(monday(world.week))
    made = api.recommend(scenario, feeds, week, ledger=LEDGER, runs=RUNS)
    moved = (made.table["change"] != 0).sum()
    print(f"{made.week}: {made.state}, ${made.before:,.0f} becomes ${made.after:,.0f}, {moved} campaigns move")
    return made


def in_effect(made: Recommendation) -> pd.Series:
    """Budgets that the ledger has in effect for a week, decisions taken in."""
    with existing_ledger(LEDGER) as opened:
        found = Book(opened, "half_year").recommendations(made.run.folder.name)
    return found.set_index("campaign")["in_effect"].loc[names]


# %% [markdown]
# ## The first Monday
#
# Feeds are small files: open slots, intake hours, last week's spend and leads, counts of the funnel. Until somebody
# approves, budgets stay as they were.

# %%
write_feeds(world, HERE / "first")
first = recommended(HERE / "first")
for move in first.table.nlargest(3, "change").itertuples():
    print(f"  {move.campaign}: {move.change:+,.0f} dollars. {move.reason}")
assert (in_effect(first).to_numpy() == first.table["before"].to_numpy()).all()
api.approve(first.run.folder.name, by="Ana", ledger=LEDGER)
world.live(in_effect(first).to_numpy(float))

# %% [markdown]
# ## The second Monday: a figure that is hard to believe
#
# Somebody has typed a tenth of Hillcrest's orthopaedics slots. The program does not plan on it and does not ignore
# it: it asks, and the campaigns of that clinic and line stay where they are. Everything else goes on.

# %%
write_feeds(world, HERE / "second")
capacity = pd.read_csv(HERE / "second" / "capacity.csv")
typed = (capacity["location"] == "Hillcrest") & (capacity["service_line"] == "Orthopaedics")
wrong = capacity.assign(
    new_patient_slots=capacity["new_patient_slots"].where(~typed, capacity["new_patient_slots"] // 10)
)
wrong.to_csv(HERE / "second" / "capacity.csv", index=False)
doubtful = recommended(HERE / "second")
for doubt in doubtful.doubts:
    print(f"  asks about {doubt.place}: {doubt.text}")
here = doubtful.table[(doubtful.table["location"] == "Hillcrest") & (doubtful.table["service_line"] == "Orthopaedics")]
print(here[["campaign", "before", "recommended", "action", "reason_code"]].to_string(index=False))
assert set(here["action"]) == {"hold"}

# %% [markdown]
# Operations corrects the file. The same Monday is recommended again, and takes the place of the first try. (Had the
# figure been right, a line in `answers.csv` would have said so, and it would have been planned on.)

# %%
capacity.to_csv(HERE / "second" / "capacity.csv", index=False)
second = recommended(HERE / "second")
assert not second.doubts

# %% [markdown]
# ## Somebody knows better
#
# The week is approved, but one campaign is set by hand. What that costs is found by planning the weeks after it
# again, and is kept with who decided and why. The files for ad platforms hold the budgets in effect, the override
# among them.

# %%
run = second.run.folder.name
api.approve(run, by="Ana", ledger=LEDGER)
campaign = "lakeview-primary-care-search"
decided, entry = api.override(run, campaign, 600.0, by="Ben", reason="The landing page is being rebuilt", ledger=LEDGER)
planned = second.table.set_index("campaign")["recommended"][campaign]
print(f"{campaign}: ${planned:,.2f} becomes ${decided.amount:,.2f}, which costs about ${decided.cost:,.0f} of value")
assert in_effect(second)[campaign] == 600.0
files = api.platform_files(second.run, HERE / "platforms", ledger=LEDGER)
print(sorted(path.name for path in (HERE / "platforms").iterdir()))
world.live(in_effect(second).to_numpy(float))

# %% [markdown]
# ## The third Monday, and what the ledger remembers

# %%
write_feeds(world, HERE / "third")
third = recommended(HERE / "third")
assert third.table.set_index("campaign")["before"][campaign] == 600.0
with existing_ledger(LEDGER) as opened:
    book = Book(opened, "half_year")
    for week in book.entries():
        print(f"  {week.week} {week.state:<11} value ${week.value:,.0f}  {week.run}")
        for decision in book.decisions(week.run).itertuples():
            print(f"      {decision.kind} by {decision.by} {decision.campaign} {decision.reason}")

# %% [markdown]
# ## Does it help?
#
# The same leads, patients and shocks meet four ways of setting budgets. Two worlds of a week tell nothing yet, as their
# intervals show; `python -m scenarios.world --worlds 20` plays half a year of twenty, and the README has its table.

# %%
course = Course(weeks=1)
played = play_worlds([1, 2], course)
print(screen(summary(played), played, course))
