import pytest

from benchmarks.scale.figures import MEASURES, exponent, growth


def test_the_exponent_of_a_power_law_is_its_power() -> None:
    assert exponent([10, 100, 1000], [3 * size**1.5 for size in (10, 100, 1000)]) == pytest.approx(1.5)


def test_growth_stands_beside_that_of_n_log_n_over_the_same_sizes() -> None:
    step = {str(size): {"ingest": {"wall_seconds": size, "cpu_seconds": size**2, "peak_bytes": 7}} for size in (10_000, 50_000)}
    found = growth(step)["ingest"]
    assert {name: found[name] for name in (*MEASURES, "n_log_n")} == {
        "wall_seconds": 1.0,
        "cpu_seconds": 2.0,
        "peak_bytes": 0.0,
        "n_log_n": 1.1,
    }


def test_what_one_more_claim_adds_leaves_out_what_a_process_takes_before_the_first() -> None:
    step = {
        str(size): {"ingest": {"wall_seconds": 1, "cpu_seconds": 7 + size * 0.002, "peak_bytes": 5e8 + 300 * size}}
        for size in (10_000, 50_000)
    }
    assert growth(step)["ingest"]["each_more"] == {"cpu_seconds": 0.002, "peak_bytes": 300}


def test_a_step_that_one_size_alone_has_measured_has_no_growth() -> None:
    one = {"wall_seconds": 1, "cpu_seconds": 1, "peak_bytes": 1}
    assert growth({"10": {"ingest": one, "train": one}, "20": {"ingest": one}}).keys() == {"ingest"}
