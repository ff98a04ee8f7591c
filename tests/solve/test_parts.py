"""Parts of a program that share few rows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from optimizer.solve import parts
from optimizer.solve.parts import SHARED, grouped, parts_of


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


def test_grouped() -> None:
    assert [group.tolist() for group in grouped(np.array([1, -1, 0, 1]), 3)] == [[2], [0, 3], []]
