"""Where more money could go, and what stops it: the table ``room``.

Every campaign's week could take money up to the end of its curve. What it does not take is stopped in two places: up to
the most that it may spend by what decides its spend, and above that by its own ceiling or a gate.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan import reasons
from optimizer.plan.reasons import Evidence
from optimizer.plan.tables import rows_by_week
from optimizer.response.forecast import spend_limit

OWN_CEILING = "max_weekly_spend"
"""What holds a campaign below the end of its curve where no gate does."""


def room_table(evidence: Evidence, codes: npt.NDArray[np.str_]) -> pd.DataFrame:
    """One row per campaign and planned week.

    Args:
        evidence: The plan and the prices behind its reasons.
        codes: (I, T) reasons.

    Returns:
        Columns campaign, week, may_spend (most by its owner, the gates and its curve), curve_end (most that its curve
        is known for), room (may_spend less the plan's spend), held_room (curve_end less may_spend), all money; held_by
        (gate, or ``max_weekly_spend``; blank where neither leaves less than the curve), reason_code, and stopped_by:
        the name of the clinic and line, resource, team, limit or gate that the reason speaks of, ``budget``, or blank
        where the campaign itself is what stops it.
    """
    plan, facts = evidence.plan, evidence.plan.facts
    known = np.broadcast_to(spend_limit(facts)[:, None], plan.spend.shape)
    most = np.floor(np.minimum(facts.ceiling, known) * 100 + 1e-6) / 100
    columns = {
        "may_spend": most,
        "curve_end": known,
        "room": most - plan.spend,
        "held_room": known - most,
    }
    by = np.where(facts.gates.code != "", facts.gates.code, OWN_CEILING)
    table = rows_by_week(facts, facts.campaigns[["campaign"]], facts.planned)
    table = table.assign(**{name: amount.ravel() for name, amount in columns.items()})
    table["held_by"] = np.where(known > most, by, "").astype(object).ravel()
    table["reason_code"] = codes.ravel()
    table["stopped_by"] = _stopped_by(evidence, codes).ravel()
    return table


def _stopped_by(evidence: Evidence, codes: npt.NDArray[np.str_]) -> npt.NDArray[np.object_]:
    """(I, T) what the reason of each campaign's week speaks of, by name."""
    facts, gates = evidence.plan.facts, evidence.plan.facts.gates.verdicts
    names = np.full(codes.shape, "", dtype=object)
    for i, t in np.ndindex(codes.shape):
        match str(codes[i, t]):
            case reasons.SLOTS:
                names[i, t] = str(facts.places[reasons.full_unit(evidence, i, t)[0]])
            case reasons.RESOURCE:
                names[i, t] = str(facts.resources.names[reasons.tight_resource(evidence, i, t)])
            case reasons.INTAKE:
                names[i, t] = str(facts.teams[facts.team[facts.unit[i]]])
            case reasons.LIMIT:
                names[i, t] = str(evidence.ceilings.name[i, t])
            case reasons.LIMIT_FLOOR:
                names[i, t] = str(evidence.goals.name[i, t])
            case reasons.BUDGET:
                names[i, t] = "budget"
            case code if code in gates:
                names[i, t] = code
    return names
