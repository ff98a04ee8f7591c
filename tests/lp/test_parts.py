"""Parts of a program that share few rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from optimizer.lp import parts
from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, at_most, grid, term
from optimizer.lp.parts import SHARED, Parts, part_of, parts_of
from optimizer.lp.program import assemble


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LEAST_COLUMNS", 40)


def chain(count: int, columns: int) -> sp.csr_array:
    """Blocks whose columns hang together two by two: thin rows."""
    pairs = sp.diags_array([np.ones(columns - 1), np.ones(columns - 1)], offsets=[0, 1], shape=(columns - 1, columns))
    return sp.csr_array(sp.block_diag([pairs] * count))


def test_blocks_are_parts_and_the_row_through_all_of_them_is_shared() -> None:
    """Four blocks of 50 columns, and 49 rows that each tie two of a block together."""
    matrix = sp.csr_array(sp.vstack([chain(4, 50), np.ones((1, 200))]))
    found = parts_of(matrix)
    assert found is not None
    assert found.count == 4
    assert found.column.tolist() == [part for part in range(4) for _ in range(50)]
    assert found.row.tolist() == [part for part in range(4) for _ in range(49)] + [SHARED]


def test_a_wide_row_within_one_part_belongs_to_it() -> None:
    within = np.zeros((1, 200))
    within[0, 50:100] = 1.0
    found = parts_of(sp.csr_array(sp.vstack([chain(4, 50), within, np.ones((1, 200))])))
    assert found is not None
    assert found.row[-2:].tolist() == [1, SHARED]


def test_a_program_in_one_piece_has_no_parts() -> None:
    """Three hundred rows, each through columns from anywhere; and a program smaller than a part."""
    assert parts_of(sp.csr_array(sp.random_array((300, 200), density=0.02, rng=np.random.default_rng(1)))) is None
    assert parts_of(sp.csr_array(np.ones((3, 5)))) is None


def test_too_many_shared_rows_leave_no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_SHARED", 1)
    wide = np.ones((2, 200))
    assert parts_of(sp.csr_array(sp.vstack([chain(4, 50), wide]))) is None


def test_small_pieces_are_put_together() -> None:
    """Ten pieces of 20 columns: two of them make the 40 that a part has at least."""
    found = parts_of(sp.csr_array(sp.vstack([chain(10, 20), np.ones((1, 200))])))
    assert found is not None
    assert np.bincount(found.column).tolist() == [40] * 5


def test_columns_and_rows_of_each_part() -> None:
    found = Parts(np.array([1, 1, 0, 1]), np.array([0, SHARED, 1]), 2)
    assert [part.tolist() for part in found.columns_of()] == [[2], [0, 1, 3]]
    assert [part.tolist() for part in found.rows_of()] == [[0], [2]]


def test_a_part_keeps_labels_limits_and_coefficients() -> None:
    """Of three campaigns at two clinics, with 3, 5 and 2 slots a unit of money: the second clinic's."""
    meaning = Meaning("the limit", "one more", "units")
    campaigns = Labels({"campaign": ["A", "B", "C"]}, (np.arange(3),))
    spend = ColumnBlock("spend", campaigns, np.zeros(3), np.array([9.0, 8.0, 7.0]), np.array([1.0, 2.0, 3.0]), 4.0)
    other = ColumnBlock("other", campaigns, np.zeros(3), np.ones(3), np.zeros(3))
    slots = at_most(
        "slots",
        grid({"clinic": ["North", "South"]}),
        np.array([10.0, 20.0]),
        [term("spend", [0, 1, 1], [0, 1, 2], [3.0, 5.0, 2.0])],
        meaning,
        8.0,
        standing=np.array([0.0, 4.0]),
    )
    budget = at_most("budget", grid({}), 11.0, [term("spend", 0, np.arange(3), 1.0)], meaning)
    part = part_of(assemble([spend, other], [slots, budget]), np.array([1, 2]), np.array([1, 2]))
    assert part.matrix.toarray().tolist() == [[5.0, 2.0], [1.0, 1.0]]
    assert part.upper.tolist() == [8.0, 7.0]
    assert part.worth.tolist() == [2.0, 3.0]
    assert part.row_upper.tolist() == [16.0, 11.0]
    assert part.row_block("slots").standing.tolist() == [4.0]
    assert part.column_block("spend").labels.at(1) == {"campaign": "C"}
    assert part.row_block("slots").labels.at(0) == {"clinic": "South"}
    assert (part.column_scale.tolist(), part.row_scale.tolist()) == ([4.0, 4.0], [8.0, 1.0])
    assert len(part.column_block("other")) == 0
    only_budget = part_of(assemble([spend, other], [slots, budget]), np.array([0]), np.array([2]))
    assert not only_budget.has_rows("slots")
