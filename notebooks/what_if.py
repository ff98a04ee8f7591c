# %% [markdown]
# # A budget meeting
#
# The chief marketing officer, the operations lead and finance plan the last quarter of a made-up group: ten clinics in
# three markets. Every question is answered by planning again, and every plan shown is proven and checked.
#
# Each cell is a cell: VS Code and PyCharm open this file as a notebook, Jupyter does with jupytext.

# %%
from pathlib import Path

import pandas as pd

from optimizer import api
from optimizer.errors import InfeasiblePlan

SCENARIO = Path("scenarios/three_markets")
pd.options.display.width = 120


def in_words(totals: dict[str, float]) -> str:
    """Spend, visits and value of a plan in a line."""
    return f"${totals['spend']:,.0f} buys {totals['visits']:,.0f} visits, worth ${totals['value']:,.0f} after spend"


# %% [markdown]
# ## What does today's money do?
#
# Nothing is optimised yet: today's spend goes on for thirteen weeks, and leads and slots are handled as well as they
# can be. Some of the money ends at clinics that are full, some at leads that nobody answers in time.

# %%
today = api.evaluate(SCENARIO)
print(in_words(today.totals))
for where, money in today.money.items():
    print(f"  {where:<18} ${money:>12,.2f}")
lost = today.by_unit.assign(lost=lambda unit: unit["without_slot"] + unit["missed_by_intake"])
print(lost.nlargest(3, "lost")[["location", "service_line", "lost", "money_without_slot"]].to_string(index=False))

# %% [markdown]
# ## What would the same group do with a plan?
#
# The plan keeps every limit of operations. It is the loaded model of this meeting: all further questions begin from it.

# %%
base = api.plan(SCENARIO)
print(in_words(base.summary["plan"]))
print(f"no plan is worth more than {base.curve_gap.share:.3%} more")
for move in base.summary["moves"][:3]:
    print(f"  {move['campaign']}: {move['change']:+,.0f} dollars, {move['reason']}")

# %% [markdown]
# ## "And if I have to give back a fifth?"
#
# Budgets change in the scenario's own words. The solver begins where the plan ended, so the answer comes sooner and is
# the same as from scratch.

# %%
less = api.load(SCENARIO, sets=["budget.total*=0.8", "budget.per_week*=0.8"])
leaner = api.plan(less, after=base)
print(in_words(leaner.summary["plan"]))
gone = base.value - leaner.value
print(f"giving back ${base.spend - leaner.spend:,.0f} costs ${gone:,.0f} of value")
runs = [api.save(plan, "runs") for plan in (base, leaner)]
moved = api.compare(*runs)
print(moved.moves.head(3)[["campaign", "before", "change", "after"]].to_string(index=False))

# %% [markdown]
# ## "How much is the next dollar worth, and where does it stop?"

# %%
line = api.frontier(base, shares=(0.5, 1.0, 1.5))
for point in line.points:
    assert point.outcome is not None
    print(f"  ${point.amount:,.0f}: value ${point.outcome.value:,.0f}, the next dollar adds ${point.next_unit:,.2f}")
print(f"more than ${line.enough:,.0f} brings nothing")

# %% [markdown]
# ## "What would 8,000 visits cost?"

# %%
target = api.target(SCENARIO, ["visits >= 8000"])
goal = target.goals[0]
print(f"${target.plan.spend:,.0f}; one more visit would cost ${goal.one_more:,.2f}")

# %% [markdown]
# ## The other half of the room: where should operations open?
#
# A price tells where to look; the gain of one, five and ten more slots a week is solved for.

# %%
places = api.access(base)
for place in places[:3]:
    gains = ", ".join(f"+{pledge.more:g}: ${pledge.gain:,.0f}" for pledge in place.pledges)
    print(f"  {place.name} ({place.unit}s a week) {gains}")
best = places[0].pledges[-1]
print(f"operations opens {best.more:g}, marketing funds ${best.funded:,.0f}, the plan gains ${best.gain:,.0f}")

# %% [markdown]
# ## "I want 500 orthopaedics visits at Northside."
#
# There are not enough slots. The answer is no plan, but the limits that stand in the way, where they are written, and
# what would let a plan exist.

# %%
try:
    api.target(SCENARIO, ["visits[location=Northside,service_line=Orthopaedics] >= 500"])
except InfeasiblePlan as conflict:
    print(conflict)
else:
    raise AssertionError("500 visits were to be out of reach")
