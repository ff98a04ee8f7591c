import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from optimizer.intake.erlang import occupancy, service_level, sla_contacts_per_hour, weekly_minutes


def direct_service_level(agents: int, load: float, patience: float) -> float:
    """The textbook sum with factorials; ``patience`` in handling times. Only for a few agents."""
    waiting = load**agents / math.factorial(agents) * agents / (agents - load)
    free = sum(load**busy / math.factorial(busy) for busy in range(agents))
    return 1 - waiting / (free + waiting) * math.exp(-(agents - load) * patience)


def simulated_service_level(agents: int, contacts_per_hour: float, handling_minutes: float, seconds: float) -> float:
    """First come, first served: each contact goes to the agent who is free first."""
    random = np.random.default_rng(20260928)
    count = 200_000
    arrivals = np.cumsum(random.exponential(1 / contacts_per_hour, count))
    handling = random.exponential(handling_minutes / 60, count)
    free_at = [0.0] * agents
    in_time = 0
    for arrival, work in zip(arrivals.tolist(), handling.tolist(), strict=True):
        start = max(arrival, heapq.heappop(free_at))
        in_time += start - arrival <= seconds / 3600
        heapq.heappush(free_at, start + work)
    return in_time / count


@pytest.mark.parametrize(("agents", "share"), [(5, 0.33), (6, 0.66), (7, 0.84)])
def test_forty_calls_an_hour_of_six_and_a_half_minutes(agents: int, share: float) -> None:
    assert service_level(agents, 40, 6.5, 20) == pytest.approx(share, abs=0.005)


def test_occupancy_with_six_agents() -> None:
    assert occupancy(6, 40, 6.5) == pytest.approx(0.72, abs=0.005)
    assert occupancy(4, 40, 6.5) == 1.0


def test_one_agent_is_the_single_server_queue() -> None:
    # Half busy: half of the contacts wait, and a wait outlasts one handling time with probability exp(-1/2).
    assert service_level(1, 5, 6, 360) == pytest.approx(1 - 0.5 * math.exp(-0.5))


def test_two_agents_by_hand() -> None:
    # Load 1 on two agents: the chance to wait is 1/3.
    assert service_level(2, 10, 6, 0) == pytest.approx(2 / 3)


@given(st.integers(1, 15), st.floats(0.01, 0.98), st.floats(0, 600))
def test_agrees_with_the_sum_of_factorials(agents: int, busy: float, seconds: float) -> None:
    load, handling = agents * busy, 6.0
    direct = direct_service_level(agents, load, seconds / 60 / handling)
    assert service_level(agents, load * 60 / handling, handling, seconds) == pytest.approx(direct, abs=1e-9)


@pytest.mark.parametrize("agents", [1, 2, 10, 100, 500, 2000])
@pytest.mark.parametrize("busy", [0.5, 0.9, 0.99])
def test_agrees_with_the_poisson_distribution_for_large_teams(agents: int, busy: float) -> None:
    # Erlang B is the Poisson probability of n over that of at most n.
    load = agents * busy
    blocked = poisson.pmf(agents, load) / poisson.cdf(agents, load)
    waits = blocked / (1 - busy * (1 - blocked))
    assert service_level(agents, load * 10, 6, 0) == pytest.approx(1 - waits, abs=1e-9)


@pytest.mark.parametrize(("agents", "contacts_per_hour"), [(2, 12.0), (6, 40.0), (7, 40.0)])
def test_agrees_with_a_simulated_queue(agents: int, contacts_per_hour: float) -> None:
    simulated = simulated_service_level(agents, contacts_per_hour, 6.5, 20)
    assert service_level(agents, contacts_per_hour, 6.5, 20) == pytest.approx(simulated, abs=0.02)


def test_more_work_than_time_answers_nobody_in_time() -> None:
    assert service_level(4, 40, 6.5, 20) == 0.0
    assert service_level(4, 40, 6.0, 20) == 0.0  # exactly as much work as time


@given(st.integers(1, 60), st.floats(0, 600), st.floats(1, 20), st.floats(0, 300))
def test_more_agents_fewer_contacts_or_more_time_never_hurt(
    agents: int, contacts: float, handling: float, seconds: float
) -> None:
    level = service_level(agents, contacts, handling, seconds)
    assert 0 <= level <= 1
    assert service_level(agents + 1, contacts, handling, seconds) >= level - 1e-12
    assert service_level(agents, contacts * 1.1, handling, seconds) <= level + 1e-12
    assert service_level(agents, contacts, handling, seconds + 10) >= level - 1e-12


@settings(deadline=None)
@given(st.integers(1, 80), st.floats(1, 20), st.floats(0.05, 0.99), st.floats(0, 300))
def test_the_service_level_just_holds_at_the_highest_rate(
    agents: int, handling: float, share: float, seconds: float
) -> None:
    rate = sla_contacts_per_hour(agents, handling, share, seconds)
    assert service_level(agents, rate, handling, seconds) == pytest.approx(share, abs=1e-6)
    assert rate * handling / 60 < agents


def test_between_whole_agents_the_rate_is_interpolated() -> None:
    six, seven = (sla_contacts_per_hour(agents, 6.5, 0.8, 20) for agents in (6, 7))
    assert sla_contacts_per_hour(6.25, 6.5, 0.8, 20) == pytest.approx(0.75 * six + 0.25 * seven)
    assert six < 40 < 1.1 * seven


def test_less_than_one_agent_answers_nobody_in_time() -> None:
    assert sla_contacts_per_hour(0.9, 6.5, 0.8, 20) == 0
    assert sla_contacts_per_hour(1.0, 6.5, 0.8, 20) > 0


def test_weekly_minutes_of_a_team_by_hand() -> None:
    # Ten seats for 50 hours at 30 % shrinkage: seven on contacts, 500 * 60 * 0.7 paid minutes.
    in_time, paid = weekly_minutes(np.array([10.0]), np.array([500.0]), np.array([0.3]), np.array([6.5]), 0.8, 20)
    assert paid[0] == pytest.approx(21_000)
    rate = sla_contacts_per_hour(7, 6.5, 0.8, 20)
    assert in_time[0] == pytest.approx(rate * 50 * 6.5)


def test_a_closed_team_has_no_minutes() -> None:
    in_time, paid = weekly_minutes(np.zeros(2), np.zeros(2), np.full(2, 0.3), np.full(2, 6.5), 0.8, 20)
    np.testing.assert_array_equal(in_time, 0)
    np.testing.assert_array_equal(paid, 0)


def test_teams_do_not_mix() -> None:
    agents, hours = np.array([12.0, 4.0, 12.0, 0.0]), np.array([600.0, 160.0, 480.0, 0.0])
    shrinkage, handling = np.array([0.3, 0.25, 0.3, 0.3]), np.array([6.0, 7.0, 6.0, 6.0])
    together = weekly_minutes(agents, hours, shrinkage, handling, 0.8, 20)
    for row in range(4):
        part = slice(row, row + 1)
        alone = weekly_minutes(agents[part], hours[part], shrinkage[part], handling[part], 0.8, 20)
        np.testing.assert_array_equal([side[row] for side in together], [side[0] for side in alone])


@settings(deadline=None)
@given(st.floats(0, 60), st.floats(1, 80), st.floats(0, 1), st.floats(1, 20), st.floats(0.1, 0.99), st.floats(0, 3600))
def test_minutes_in_time_are_never_more_than_paid_minutes(
    agents: float, opening: float, shrinkage: float, handling: float, share: float, seconds: float
) -> None:
    team = [np.array([value]) for value in (agents, agents * opening, shrinkage, handling)]
    in_time, paid = weekly_minutes(team[0], team[1], team[2], team[3], share, seconds)
    assert 0 <= in_time[0] <= paid[0]


def test_teams_by_weeks_keep_their_shape() -> None:
    agents = np.array([[10.0, 8.0, 0.0], [5.0, 10.0, 5.0]])
    table = (agents, agents * 50, np.full((2, 3), 0.3), np.full((2, 3), 6.5))
    in_time, paid = weekly_minutes(*table, 0.8, 20)
    flat_in_time, flat_paid = weekly_minutes(*(column.ravel() for column in table), 0.8, 20)
    np.testing.assert_array_equal(in_time, flat_in_time.reshape(2, 3))
    np.testing.assert_array_equal(paid, flat_paid.reshape(2, 3))


def test_a_large_team_is_kept_busier_than_a_small_one() -> None:
    agents = np.array([4.0, 20.0, 200.0])
    in_time, paid = weekly_minutes(agents, agents * 50, np.zeros(3), np.full(3, 6.5), 0.8, 20)
    busy = in_time / paid
    assert busy[0] < busy[1] < busy[2] < 1
