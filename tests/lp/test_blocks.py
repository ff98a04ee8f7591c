import numpy as np
import pytest

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, at_most, between, equal, grid, term

MEANING = Meaning("the limit of {place}", "one more at {place}", "unit")
PLACES = grid({"place": ["north", "south"]})


def columns(**changed: object) -> ColumnBlock:
    parts = {"lower": np.zeros(2), "upper": np.ones(2), "worth": np.ones(2)} | changed
    return ColumnBlock("spend", PLACES, **parts)


def rows(**changed: object) -> RowBlock:
    parts = {"lower": np.zeros(2), "upper": np.ones(2), "terms": (term("spend", [0, 1], [0, 1], 1.0),)} | changed
    return between("floor", PLACES, meaning=MEANING, **parts)


def test_grid_runs_through_the_last_set_fastest():
    labels = grid({"place": ["north", "south"], "week": ["w1", "w2", "w3"]})
    assert len(labels) == 6
    assert labels.at(4) == {"place": "south", "week": "w2"}
    assert list(labels.frame()["place"]) == ["north"] * 3 + ["south"] * 3
    assert list(labels.frame()["week"]) == ["w1", "w2", "w3"] * 2


def test_labels_name_single_positions():
    labels = Labels({"place": ["north", "south"], "week": ["w1", "w2"]}, (np.array([1, 0]), np.array([0, 0])))
    assert labels.at(0) == {"place": "south", "week": "w1"}
    assert labels.frame().to_dict("list") == {"place": ["south", "north"], "week": ["w1", "w1"]}


def test_labels_without_sets_name_one_position():
    assert len(grid({})) == 1
    assert grid({}).at(0) == {}


@pytest.mark.parametrize("part", ["lower", "upper", "worth"])
def test_columns_refuse_nan_and_say_where(part: str):
    with pytest.raises(ValueError, match=f"block spend: {part} is NaN at position 1"):
        columns(**{part: np.array([0.5, np.nan])})


@pytest.mark.parametrize(("part", "value"), [("lower", -np.inf), ("upper", np.inf)])
def test_columns_need_finite_bounds(part: str, value: float):
    with pytest.raises(ValueError, match="block spend: every column needs finite bounds"):
        columns(**{part: np.array([0.0, value])})


def test_columns_refuse_crossed_bounds_and_name_the_label():
    with pytest.raises(ValueError, match=r"lower bound above upper bound at {'place': 'south'}"):
        columns(lower=np.array([0.0, 2.0]))


def test_columns_refuse_a_bound_of_the_wrong_length():
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        columns(upper=np.ones(3))


@pytest.mark.parametrize("part", ["lower", "upper"])
def test_rows_refuse_nan_limits(part: str):
    with pytest.raises(ValueError, match=f"block floor: {part} is NaN at position 0"):
        rows(**{part: np.array([np.nan, 0.5])})


def test_rows_refuse_crossed_limits_and_name_the_label():
    with pytest.raises(ValueError, match=r"lower limit above upper limit at {'place': 'north'}"):
        rows(lower=np.array([2.0, 0.0]))


def test_rows_refuse_nan_coefficients():
    with pytest.raises(ValueError, match="block floor: a coefficient of spend is NaN at position 1"):
        rows(terms=(term("spend", [0, 1], [0, 1], [1.0, np.nan]),))


@pytest.mark.parametrize("wrong", [-1, 2])
def test_rows_refuse_coefficients_of_rows_they_do_not_have(wrong: int):
    with pytest.raises(ValueError, match="block floor: a coefficient of spend names no row"):
        rows(terms=(term("spend", [0, wrong], [0, 1], 1.0),))


def test_rows_may_lack_a_side():
    open_rows = rows(lower=np.full(2, -np.inf), upper=np.full(2, np.inf))
    assert np.isneginf(open_rows.lower).all()
    assert np.isposinf(open_rows.upper).all()


def test_term_repeats_what_is_given_once():
    stated = term("spend", 0, [3, 4], 2.0)
    assert stated.rows.tolist() == [0, 0]
    assert stated.columns.tolist() == [3, 4]
    assert stated.values.tolist() == [2.0, 2.0]


def test_at_most_has_no_lower_limit_and_equal_has_the_same_twice():
    stated = [term("spend", [0, 1], [0, 1], 1.0)]
    assert np.isneginf(at_most("cap", PLACES, 5.0, stated, MEANING).lower).all()
    same = equal("flow", PLACES, [1.0, 2.0], stated, MEANING)
    assert same.lower.tolist() == same.upper.tolist() == [1.0, 2.0]
