"""A small intake team by Erlang's formula, as printed tables have it.

40 calls an hour of 6.5 minutes each are 4.33 Erlangs. To answer within 20 seconds: five agents manage 33 % of the
calls, six 66 %, seven 84 %. With six the agents are busy 4.33 / 6 = 72 % of the time, which looks like room and is not.
"""

from __future__ import annotations

import pytest

from optimizer.intake.erlang import occupancy, service_level, sla_contacts_per_hour

CALLS, MINUTES, SECONDS = 40, 6.5, 20
WHOLE_PERCENT = 0.005
"""The tables give whole percents."""


@pytest.mark.parametrize(("agents", "answered"), [(5, 0.33), (6, 0.66), (7, 0.84)])
def test_answered_in_time(agents: int, answered: float) -> None:
    assert service_level(agents, CALLS, MINUTES, SECONDS) == pytest.approx(answered, abs=WHOLE_PERCENT)


def test_occupancy() -> None:
    assert occupancy(6, CALLS, MINUTES) == pytest.approx(0.72, abs=WHOLE_PERCENT)


def test_agents_needed() -> None:
    """Six agents cannot answer 80 % of 40 calls in time, seven can."""
    assert sla_contacts_per_hour(6, MINUTES, 0.8, SECONDS) < CALLS < sla_contacts_per_hour(7, MINUTES, 0.8, SECONDS)
