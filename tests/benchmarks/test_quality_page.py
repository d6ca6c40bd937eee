from benchmarks.quality_page import PAGE, write_page


def test_the_page_says_what_the_results_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run python -m benchmarks.quality_page"
