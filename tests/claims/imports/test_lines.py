import pytest

from claims.imports.lines import LONGEST_ROW_LINES, csv_lines


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [(1, ("a", "b")), (2, ("1", "2"))]),
        ("a;b\r\n1;2", [(1, ("a", "b")), (2, ("1", "2"))]),
        ("a\tb\n1\t2\n", [(1, ("a", "b")), (2, ("1", "2"))]),
        ("a|b\n1|2\n", [(1, ("a", "b")), (2, ("1", "2"))]),
        ("\n\na,b\n , \n1,2\n", [(3, ("a", "b")), (5, ("1", "2"))]),
        ('a,b\n"x,\ny",2\n3,4\n', [(1, ("a", "b")), (2, ("x,\ny", "2")), (4, ("3", "4"))]),
        ('a,b\n"say ""no""",2\n', [(1, ("a", "b")), (2, ('say "no"', "2"))]),
        ("", []),
    ],
)
def test_text_falls_into_rows_with_the_line_each_begins_on(text: str, rows: list[tuple[int, tuple[str, ...]]]) -> None:
    assert list(csv_lines(text)) == rows


@pytest.mark.parametrize("following", [3, LONGEST_ROW_LINES * 3])
def test_a_quote_that_is_never_closed_costs_its_row_alone(following: int) -> None:
    text = 'a,b\n1,"open\n' + "".join(f"{number},x\n" for number in range(following))
    rows = list(csv_lines(text))
    assert len(rows) == following + 2
    assert rows[1] == (2, ("1", '"open'))
    assert rows[-1] == (following + 2, (str(following - 1), "x"))


def test_many_open_quotes_are_read_in_time_that_grows_with_the_text() -> None:
    rows = list(csv_lines("a,b\n" + '1,"open\n' * 3001))
    assert len(rows) >= 1500


def test_two_stray_quotes_do_not_swallow_the_rows_between_them() -> None:
    rows = list(csv_lines('a,b\n1,"open\n2,x\n3,y\n4,"open\n5,z\n'))
    assert [cells[0] for _, cells in rows] == ["a", "1", "2", "3", "4", "5"]
