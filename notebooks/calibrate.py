# %% [markdown]
# # From two years of numbers to curves that can be planned with
#
# An analyst of a made-up group has what most groups have: spend and leads by campaign and week, counts of what became
# of the leads, and a curve that an agency fitted. What of that can carry a plan, what cannot, and how would one notice?
#
# Each cell is a cell: VS Code and PyCharm open this file as a notebook, Jupyter does with jupytext. It runs in the
# project's folder and writes into a new folder of its own.

# %%
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer import api
from optimizer.response.forms import FORMS
from scenarios.history_generator import make_history, write

SCENARIO = Path("scenarios/three_markets")
pd.options.display.width = 120
HERE = Path(tempfile.mkdtemp(prefix="calibrate-"))
HISTORY = HERE / "history.csv"

# %% [markdown]
# ## What there is
#
# One row per campaign and week. Weeks without spend belong in it, with the leads that came all the same: they show what
# comes without advertising. The file is read strictly; a missing week or a lead of half a patient is an error with its
# line, and a column that looks like patients is refused.

# %%
write(HERE)
history = pd.read_csv(HISTORY)
print(history[["week", "campaign", "spend", "leads"]].head(3).to_string(index=False))
print(
    f"{history['campaign'].nunique()} campaigns, {history['week'].nunique()} weeks,"
    f" ${history['spend'].sum():,.0f} and {history['leads'].sum():,} leads"
)

# %% [markdown]
# ## Curves, each with a verdict
#
# `own` campaigns carry their curve themselves. `shared` ones lean on campaigns of their line and channel for the bend.
# `pooled` ones have the curve of their kind, whatever is written: too few weeks, or spend that never varied. `no_leads`
# asks a question: does the campaign bring nothing, or does nobody count?

# %%
found = api.calibrate(HISTORY, channels=SCENARIO / "channels.csv")
print(found.table["data_quality"].value_counts().to_string())
odd = found.table[found.table["data_quality"].isin(["pooled", "no_leads"])]
for campaign, verdict in zip(odd["campaign"], odd["verdict"], strict=True):
    print(f"  {campaign}: {verdict}")
print(f"{len(found.outliers)} weeks do not fit and count less; the worst of them:")
print(found.outliers.nsmallest(3, "weight")[["campaign", "week", "leads", "expected_leads"]].to_string(index=False))

# %% [markdown]
# ## Would they have foretold the last eight weeks?
#
# A first fit did not see these weeks. Two simple forecasts have to be beaten: what a lead cost of late, and all along.
# By chance alone even a perfect forecast misses.

# %%
test = found.holdout
assert test is not None
print(f"these curves miss by {test.error():.1%}, chance alone by {test.chance:.1%}")
print(f"what a lead cost in the last four weeks: {test.error('by_recent_cost'):.1%}")
print(f"what a lead cost all along: {test.error('by_flat_cost'):.1%}")
assert test.error() < min(test.error("by_recent_cost"), test.error("by_flat_cost"))

# %% [markdown]
# The same week after week, fitted anew each time, as a weekly plan would have had it:

# %%
weekly = api.backtest(HISTORY, channels=SCENARIO / "channels.csv", weeks=3)
for week in weekly.weeks:
    rows = weekly.scores.frame[weekly.scores.frame["week"] == week]
    missed = {
        name: (rows["leads"] - rows[name]).abs().sum() / rows["leads"].sum() for name in ("forecast", "by_flat_cost")
    }
    print(f"  {week}: {missed['forecast']:.1%}, by a flat cost {missed['by_flat_cost']:.1%}")

# %% [markdown]
# ## Reading a curve
#
# The next lead costs more than the average one, and far more at the highest spend: that is what a plan lives on. The
# interval belongs to the number. Where it is wide, a week of other spend tells more than another month of the same.

# %%
files = api.save_calibration(found, HERE / "curves")
print(", ".join(files))
largest = found.table.nlargest(3, "spend_today").index
for row in found.table.loc[largest].to_dict("records"):
    average = row["spend_today"] / row["leads_today"]
    print(
        f"  {row['campaign']}: ${row['spend_today']:,.0f} a week bring {row['leads_today']:.1f} leads at"
        f" ${average:,.0f}; the next one costs ${row['next_lead_cost']:,.0f} (${row['next_lead_cost_low']:,.0f} to"
        f" ${row['next_lead_cost_high']:,.0f})"
    )

# %% [markdown]
# `curves.svg` draws each curve through its weeks, `residuals.svg` what is left over (with the extra
# `charts`). A curve in a line of text is enough to see it bend:

# %%
written = pd.read_csv(HERE / "curves" / "response_curves.csv")
one = written.set_index("campaign").loc[found.table["campaign"][largest[0]]]
form = FORMS[one["form"]]
spends = np.linspace(0.0, one["observed_max_weekly_spend"], 9)[1:]
leads = form.leads(spends, *(one[name] for name in form.parameters))
for spend, many in zip(spends, leads, strict=True):
    print(f"  ${spend:>7,.0f} {'#' * round(50 * many / leads[-1]):<50} {many:5.1f} leads")

# %% [markdown]
# ## What is behind this history
#
# It is made up, so for once the truth can be looked at: intervals should hold it about nine times in ten. Nobody can do
# this with a real history; there, only the test above and an experiment tell.

# %%
made = make_history()
spend_today = found.table["spend_today"].to_numpy()
truth = {"leads_today": made.curves.leads(spend_today), "next_lead_cost": 1 / made.curves.marginal(spend_today)}
counted = found.table["data_quality"] != "no_leads"
for name, true in truth.items():
    held = (found.table[f"{name}_low"] <= true) & (true <= found.table[f"{name}_high"])
    print(f"{held[counted].mean():.0%} of the intervals hold the true {name}")

# %% [markdown]
# ## A plan with these curves
#
# `response_curves.csv` goes into the scenario as it is. The plan believes what was learned; what it is worth in a
# made-up world shows when it is played on the true curves, beside today's spend. (With curves of this history a plan
# comes within 3 % of the one that knows the truth: `tests/calibration/test_recovery.py` holds it to that.)

# %%
shutil.copytree(SCENARIO, HERE / "scenario", ignore=shutil.ignore_patterns("README.md", "expected.yaml"))
shutil.copy(HERE / "curves" / "response_curves.csv", HERE / "scenario" / "response_curves.csv")
learned = api.plan(HERE / "scenario")
run = api.save(learned, HERE / "runs")
played = api.evaluate(SCENARIO, run.folder / "plan.csv")
today = api.evaluate(SCENARIO)
print(f"the plan believes in ${learned.value:,.0f}; on the true curves it is worth ${played.totals['value']:,.0f}")
print(f"today's spend is worth ${today.totals['value']:,.0f} there")
assert played.totals["value"] > today.totals["value"]

# %% [markdown]
# ## What went together, and what caused it
#
# Here is a group whose advertising brings **nothing**: leads follow the season of illness, and whoever sets the budget
# raises it when the waiting rooms fill. A history cannot tell that from advertising that works.

# %%
random = np.random.default_rng(7)
weeks = pd.date_range("2025-01-06", periods=80, freq="7D").strftime("%Y-%m-%d")
parts = []
for name in ("North", "South", "East", "West"):
    demand = np.exp(np.convolve(random.normal(0, 0.25, 82), np.ones(3) / np.sqrt(3), "valid"))
    budget = np.round(1000 * demand * np.exp(random.normal(0, 0.05, 80)), 2)
    parts.append(
        pd.DataFrame(
            {
                "week": weeks,
                "campaign": name,
                "spend": budget,
                "leads": random.poisson(30 * demand),
                "demand_index": demand,
            }
        )
    )
flu = pd.concat(parts, ignore_index=True)
fooled = api.calibrate(flu.drop(columns="demand_index")).table
aware = api.calibrate(flu).table
print(f"the next lead seems to cost ${fooled['next_lead_cost'].median():,.0f}, and every verdict is fine:")
print(f"  {fooled['data_quality'].value_counts().to_dict()}")
print(f"told what demand was, the same weeks say ${aware['next_lead_cost'].median():,.0f}")

# %% [markdown]
# So: give `demand_index` where demand is known from elsewhere (search interest, referrals, last year). And to know
# rather than to believe, change the spend where nothing else changes: halve it in some regions for six weeks, picked by
# lot, leave the others, compare. Six weeks of that tell more than two years of budgets that followed demand.

# %% [markdown]
# ## Rates of the funnel, from counts
#
# What becomes of leads is counted by line and channel. A cell of 14 leads has no rate of its own worth the name: it
# leans on its line and on all, and says so. Counts are totals; a list of people is refused.

# %%
counts = pd.DataFrame(
    [
        ("Orthopaedics", "Non-brand search", 1240, 1054, 885, 637, 340),
        ("Orthopaedics", "Paid social", 610, 470, 348, 195, 80),
        ("Dermatology", "Non-brand search", 980, 843, 725, 572, 331),
        ("Dermatology", "Paid social", 14, 12, 10, 8, 7),
    ],
    columns=["service_line", "channel", "leads", "valid", "contacted", "qualified", "booked"],
)
counts.to_csv(HERE / "counts.csv", index=False)
rates = api.calibrate_funnel(HERE / "counts.csv", as_of="2026-09-20")
bookings = rates.report[rates.report["rate"] == "booking_rate"]
shown = ["service_line", "channel", "counted", "out_of", "raw", "estimate", "low", "high", "verdict"]
print(bookings[shown].round(2).to_string(index=False))
for note in rates.notes:
    print(f"  {note}")
print(", ".join(api.save_rates(rates, HERE / "rates")))

# %% [markdown]
# ## The agency's curve
#
# Another tool's curve is taken over as it is, as points or by its own formula, and held against it. What its file does
# not say is asked: which time a row covers, and when its data end. It stands beside the learned one, and the difference
# is a question for both.

# %%
campaign = str(one.name)
points = pd.DataFrame({"name": "agency", "spend": np.append(0.0, spends), "leads": np.append(0.0, 1.3 * leads)})
points.round(2).to_csv(HERE / "agency.csv", index=False)
(HERE / "mapping.csv").write_text(f"their_name,campaign\nagency,{campaign}\n", encoding="utf-8")
theirs = api.import_curves(
    "points",
    [HERE / "agency.csv"],
    mapping=HERE / "mapping.csv",
    campaigns=SCENARIO / "campaigns.csv",
    period="week",
    as_of="2026-09-20",
)
api.save_curves(theirs, HERE / "agency_curves.csv")
report = theirs.report.iloc[0]
print(f"{campaign}: the agency says {report['leads']:.0f} leads at ${report['observed_max_weekly_spend']:,.0f}")
print(f"  the history says {leads[-1]:.0f}; before one of them plans, find out what the agency counts as a lead")
print(f"\nEverything is in {HERE}")
