from datetime import date

from simulator.priors import Priors
from simulator.simulation import Simulation
from simulator.submission import Submission
from simulator.world import draw_world


class _Visits:
    """An answer key that keeps what was sent and nothing else."""

    def __init__(self) -> None:
        self.sent: list[Submission] = []

    def add_submission(self, submission: Submission, *, last_day: int) -> None:
        self.sent.append(submission)

    def add_denial(self, *_: object, **__: object) -> None:
        return


def test_no_payer_says_that_a_plan_ended_before_it_began() -> None:
    visits = _Visits()
    world = draw_world(claims=200, months=2, seed=5, start=date(2024, 1, 1), priors=Priors())
    simulation = Simulation(world, name="world", claims=200, mailroom=None, key=visits)
    simulation.run()
    desk = simulation.desk
    for encounter in [submission.encounter for submission in visits.sent] * 20:
        day = encounter.service_day
        encounter.coverage.begins_on_day, encounter.coverage.lapsed_on_day = day - 2, None
        desk.check(encounter, day)
    spans = [(check.begins_on_day, check.ends_on_day) for _, _, check in desk.check_rows if check.status == "inactive"]
    assert len(spans) > 20
    assert all(begins is not None and ends is not None and begins <= ends for begins, ends in spans)
