import numpy as np
import pytest

from optimizer.lp.blocks import ColumnBlock, Meaning, RowBlock, Term, at_most, grid, term
from optimizer.lp.program import assemble

MEANING = Meaning("limit", "price", "unit")


def spend(count: int = 3, name: str = "spend") -> ColumnBlock:
    labels = grid({"campaign": [f"c{position}" for position in range(count)]})
    return ColumnBlock(name, labels, np.zeros(count), np.full(count, 9.0), np.arange(1.0, count + 1), 4.0)


def cap(*terms: Term, count: int = 2, name: str = "cap") -> RowBlock:
    labels = grid({"week": [f"w{position}" for position in range(count)]})
    return at_most(name, labels, np.arange(10.0, 10.0 + count), terms, MEANING, 8.0)


def test_triples_with_the_same_row_and_column_add_up():
    program = assemble([spend()], [cap(term("spend", [0, 0], [1, 1], [2.0, 3.0]), term("spend", 0, 1, 0.5))])
    assert program.matrix.toarray().tolist() == [[0.0, 5.5, 0.0], [0.0, 0.0, 0.0]]
    assert program.matrix.nnz == 1


def test_zeros_are_not_stored_even_where_they_come_from_a_sum():
    terms = (term("spend", [0, 0], [0, 2], [0.0, 1.0]), term("spend", [1, 1], [1, 1], [4.0, -4.0]))
    program = assemble([spend()], [cap(*terms)])
    assert program.matrix.nnz == 1
    assert program.matrix.shape == (2, 3)


def test_blocks_are_stacked_in_order_with_the_way_back():
    rows = [cap(term("leads", 1, 0, 7.0)), cap(term("spend", 0, 2, 5.0), count=1, name="budget")]
    program = assemble([spend(), spend(2, "leads")], rows, offset=3.0, value_scale=2.0)
    assert program.matrix.toarray().tolist() == [[0.0] * 5, [0.0, 0.0, 0.0, 7.0, 0.0], [0.0, 0.0, 5.0, 0.0, 0.0]]
    assert program.column_slice("leads") == slice(3, 5)
    assert program.row_slice("budget") == slice(2, 3)
    assert program.worth.tolist() == [1.0, 2.0, 3.0, 1.0, 2.0]
    assert program.row_upper.tolist() == [10.0, 11.0, 10.0]
    assert [(block.name, at) for block, at in map(program.row_at, range(3))] == [("cap", 0), ("cap", 1), ("budget", 0)]
    assert program.row_block("budget") is program.rows[1]
    assert program.column_block("leads") is program.columns[1]
    assert (program.offset, program.value_scale) == (3.0, 2.0)


def test_a_block_is_stated_again_from_the_matrix():
    """Its terms are those of each block of columns that it has coefficients in; what stands is not taken off twice."""
    labels = grid({"week": ["w0", "w1"]})
    terms = [term("leads", 1, 0, 7.0), term("spend", [0, 0], [2, 2], [2.0, 3.0])]
    stated = at_most("room", labels, np.array([10.0, 11.0]), terms, MEANING, 8.0, standing=4.0)
    program = assemble([spend(), spend(4, "booked"), spend(2, "leads")], [cap(term("booked", 0, 3, 5.0)), stated])
    again = program.stated("room")
    assert [(part.block, part.rows.tolist(), part.columns.tolist(), part.values.tolist()) for part in again.terms] == [
        ("spend", [0], [2], [5.0]),
        ("leads", [1], [0], [7.0]),
    ]
    assert again.upper.tolist() == stated.upper.tolist() == [6.0, 7.0]
    once_more = assemble(program.columns, [program.stated(block.name) for block in program.rows])
    assert (once_more.matrix != program.matrix).nnz == 0


def test_the_outline_knows_every_label_and_limit():
    program = assemble([spend(), spend(2, "leads")], [cap(term("leads", 1, 0, 7.0))])
    outline = program.outline
    assert outline.column_slice("leads") == program.column_slice("leads")
    assert outline.row_block("cap") is program.row_block("cap")
    assert outline.upper.tolist() == program.upper.tolist()
    assert not hasattr(outline, "matrix")


def test_scales_are_spread_over_positions():
    program = assemble([spend()], [cap()])
    assert program.column_scale.tolist() == [4.0, 4.0, 4.0]
    assert program.row_scale.tolist() == [8.0, 8.0]


def test_blocks_without_a_row_are_left_out():
    program = assemble([spend()], [cap(count=0, name="nothing"), cap()])
    assert not program.has_rows("nothing")
    assert program.row_slice("cap") == slice(0, 2)


def test_a_program_without_rows_is_a_program():
    program = assemble([spend()], [])
    assert program.matrix.shape == (0, 3)
    assert len(program.row_upper) == len(program.row_scale) == 0


@pytest.mark.parametrize("wrong", [-1, 3])
def test_a_term_may_not_refer_to_a_column_its_block_does_not_have(wrong: int):
    with pytest.raises(ValueError, match="block cap refers to a column that spend does not have"):
        assemble([spend(), spend(9, "leads")], [cap(term("spend", 0, wrong, 1.0))])


def test_a_term_may_not_refer_to_an_unknown_block():
    with pytest.raises((KeyError, ValueError), match="leads"):
        assemble([spend()], [cap(term("leads", 0, 0, 1.0))])


def test_two_blocks_may_not_share_a_name():
    with pytest.raises(ValueError, match="two blocks are named spend"):
        assemble([spend(), spend()], [])
    with pytest.raises(ValueError, match="two blocks are named cap"):
        assemble([spend()], [cap(), cap()])


def test_scaling_by_powers_of_two_loses_no_digit():
    numbers = np.random.default_rng(1).normal(size=1000) * 10.0 ** np.random.default_rng(2).integers(-9, 9, 1000)
    for scale in (2.0**-20, 0.25, 1024.0, 2.0**40):
        assert (numbers / scale * scale == numbers).all()
        assert (numbers * (1.0 / scale) == numbers / scale).all()
