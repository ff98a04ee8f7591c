# %% [markdown]
# # A quarter that finance can sign
#
# The finance director has a scenario from marketing and operations, a budget that is not decided yet, and a board that
# will ask what a tenth more or less would do. One command answers that, and writes what is compared, checked and
# signed into one folder: `optimizer quarter scenarios/three_markets`. Here the same is done from Python.
#
# The group is made up. Each cell is a cell: VS Code and PyCharm open this file as a notebook, Jupyter does with
# jupytext. It runs in the project's folder and writes into a new folder of its own; the quarter takes a minute or two.

# %%
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from optimizer import api
from optimizer.errors import StorageError

SCENARIO = Path("scenarios/three_markets")
HERE = Path(tempfile.mkdtemp(prefix="quarter-"))
pd.options.display.width = 120
pd.options.display.float_format = "{:,.0f}".format

# %% [markdown]
# ## Three budgets, one folder
#
# 90, 100 and 110 % of the scenario's budget. Every plan is a run of its own, proven and checked like any other.

# %%
quarter = api.quarter(SCENARIO, budgets=(0.9, 1, 1.1), folder=HERE / "signed")
plans = {budget.amount: budget.run.summary["plan"] for budget in quarter.budgets if budget.run}
side_by_side = pd.DataFrame(plans).loc[["spend", "visits", "value"]]
print(side_by_side.rename(columns="budget {:,.0f}".format).to_string())
print(sorted(path.name for path in quarter.folder.iterdir()))

# %% [markdown]
# ## "What does the next round sum bring, and where does it stop?"
#
# The frontier is the best plan at each budget. It rises ever more slowly: no further dollar brings more than the one
# before.

# %%
points = quarter.frontier.dropna(subset=["value"])
print(points[["budget", "spend", "visits", "value"]].to_string(index=False))
print(points[["budget", "next_unit"]].round(2).astype(str).to_string(index=False))
assert (points["value"].diff().dropna() >= -points["gap"].max()).all()
assert (points["next_unit"].diff().dropna() <= 1e-6).all()

# %% [markdown]
# ## "And if marketing is wrong?"
#
# The softest figures are tried: what a patient is worth, how many leads book, what a lead costs. `kept` is what the
# plan of today's figures would be worth if it were kept; `best` is a plan made anew. Where the two are close, there is
# no need to know the figure better before signing; where keeping the plan would break a limit, somebody has to watch.

# %%
tried = quarter.sensitivity.assign(gain=lambda case: (case["best"] - case["kept"]).where(case["broken"] == ""))
columns = ["input", "service_line", "share", "kept", "best", "gain", "broken"]
print(tried[columns].assign(share=tried["share"].map("{:.0%}".format)).to_string(index=False))
compared = tried[(tried["broken"] == "") & tried["best"].notna()]
assert (compared["gain"] >= -1e-3 * compared["best"].abs()).all()

# %% [markdown]
# ## "Does every number tie out?"
#
# The workbook has live sums over the run's own numbers. One sheet compares each of them with what the run states; a
# workbook that does not tie out is not written. The tables of the run say the same without any spreadsheet.

# %%
sheet = pd.read_excel(quarter.folder / api.WORKBOOK, sheet_name="Reconciliation", engine="calamine", header=None)
print(next(str(cell) for cell in sheet[0] if str(cell).startswith("Everything")))
spend = quarter.base.table("plan")["recommended_spend"].sum()
assert round(spend, 2) == quarter.base.summary["plan"]["spend"]
assert "Everything ties out" in set(sheet[0])

# %% [markdown]
# ## The board chooses
#
# Each budget's plan is there already. What the higher one does differently is told campaign by campaign, with reasons.

# %%
higher = quarter.others[-1]
moved = api.compare(quarter.base, higher)
print(moved.totals[["total", "before", "change", "after"]].to_string(index=False))
for move in moved.moves.head(3).itertuples():
    print(f"  {move.campaign}: {move.change:+,.0f} dollars. {move.reason}")

# %% [markdown]
# ## Signed, and still the same months later
#
# The manifest of the folder holds a digest of every file that a number came from. Whoever opens it later knows that
# nothing was changed, or is told what was.

# %%
api.open_quarter(quarter.folder)
copy = HERE / "changed"
shutil.copytree(quarter.folder, copy)
(copy / "frontier.csv").write_text("budget,value\n1000000,9999999\n", encoding="utf-8")
try:
    api.open_quarter(copy)
except StorageError as refused:
    print(refused)
else:
    raise AssertionError("a changed file was to be refused")
