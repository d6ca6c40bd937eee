"""Owns the plan of the work: what is done in time, in which order, by whom, and why each item stands where it stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from serving.work_queue.minute_price import PRICE_DAYS, minute_price
from serving.work_queue.people import NOBODY, Person, able_people, assign_jobs
from serving.work_queue.schedule import NEVER, Flags, Jobs, choose_jobs, order_jobs
from serving.work_queue.standing import why_explored, why_left, why_no_work, why_planned
from serving.work_queue.statuses import Status
from serving.work_queue.work_item import WorkItem, worth

NO_WORK = Jobs(value=np.zeros(0), minutes=np.zeros(0), due=np.zeros(0))


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An item at its place. `work_on` is the day that it is finished on, by `person`, if nothing better comes in meanwhile;
    both are `None` where no time is planned for it."""

    item: WorkItem
    why: str
    work_on: date | None = None
    person: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Done:
    """An item with the working day, counted from 0, that a person finishes it on."""

    item: WorkItem
    day: int
    person: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All items in order. `value` is the expected recovery, in dollars, of what is planned; no plan of the same work can have
    more than `bound`. Work of less than `minute_price` dollars a minute gives way to better
    work that is still to come."""

    placed: Sequence[Placed]
    value: float
    bound: float
    minute_price: float


def plan_items(
    items: Sequence[WorkItem],
    team: Sequence[Person],
    *,
    as_of: date,
    arrived: Jobs = NO_WORK,
    explored: Collection[str] = (),
) -> Plan:
    """Plan the work from a day on: most expected recovery, each item in time, the best per minute as early as that allows.

    Days of work are Monday to Friday. `arrived` is what came in the last `PRICE_DAYS`, done since or not; `explored` are keys of
    items to work first, so that their outcomes can be learned from. What is not planned follows by worth, then what is worth
    nothing, then what waits for its payer.
    """
    ranked = by_worth(items)
    first = [item for item in ranked if item.key in explored]
    live = [item for item in ranked if item.key not in explored and _is_work(item)]
    rest = [item for item in ranked if item.key not in explored and not _is_work(item)]
    rest.sort(key=lambda item: item.status == Status.WAITING)  # stable
    busy = float(sum(item.minutes for item in first))
    minutes = sum(person.minutes_per_day for person in team)
    jobs = to_jobs(live, as_of=as_of, minutes_per_day=minutes, busy=busy)
    price = minute_price(jobs, arrived, minutes=minutes * PRICE_DAYS * 5 / 7)
    worthwhile = np.flatnonzero(jobs.density >= price)
    chosen = choose_jobs(jobs.take(worthwhile))
    wanted = [live[at] for at in worthwhile]
    done = _give_out(wanted, jobs.take(worthwhile), chosen.kept, team, as_of=as_of, busy=busy)
    in_plan = {one.item.key for one in done}
    left = [item for item in live if item.key not in in_plan]
    first_day = _workday(as_of, 0)
    return Plan(
        placed=[
            *(Placed(item=item, why=why_explored(), work_on=first_day) for item in first),
            *(
                Placed(item=one.item, why=why, work_on=_workday(as_of, one.day), person=one.person)
                for one, why in zip(done, why_planned([one.item for one in done], left), strict=True)
            ),
            *(Placed(item=item, why=why_left(item, price)) for item in left),
            *(Placed(item=item, why=why_no_work(item)) for item in rest),
        ],
        value=sum(one.item.expected_recovery for one in done),
        bound=chosen.bound,
        minute_price=price,
    )


def first_days(plan: Plan, days: int) -> list[tuple[date, Placed]]:
    """Give what is planned for the first working days that have work, in order."""
    planned = [(placed.work_on, placed) for placed in plan.placed if placed.work_on is not None]
    shown = sorted({work_on for work_on, _ in planned})[:days]
    return [(work_on, placed) for work_on, placed in planned if work_on in shown]


def by_worth(items: Sequence[WorkItem]) -> list[WorkItem]:
    """Order by expected recovery per minute, largest first; ties by deadline, then by key."""
    return sorted(items, key=lambda item: (-worth(item), item.days_left if item.days_left is not None else 10**6, item.key))


def to_jobs(items: Sequence[WorkItem], *, as_of: date, minutes_per_day: float, busy: float = 0.0) -> Jobs:
    """Give items as jobs of one queue, `busy` minutes of which are taken already."""
    until = np.array([NEVER if item.days_left is None else item.days_left for item in items], dtype=np.float64)
    dated = np.isfinite(until)
    due = np.full(len(items), NEVER)
    today = np.datetime64(as_of)
    due[dated] = np.busday_count(today, today + until[dated].astype(np.int64) + 1) * minutes_per_day - busy
    return Jobs(
        value=np.array([item.expected_recovery for item in items], dtype=np.float64),
        minutes=np.array([item.minutes for item in items], dtype=np.float64),
        due=due,
    )


def arrived_work(items: Sequence[WorkItem]) -> Jobs:
    """Give what came in lately as jobs of a plan, for its price of a minute."""
    return Jobs(
        value=np.array([item.expected_recovery for item in items if item.minutes], dtype=np.float64),
        minutes=np.array([item.minutes for item in items if item.minutes], dtype=np.float64),
        due=np.full(sum(item.minutes > 0 for item in items), NEVER),
    )


def _is_work(item: WorkItem) -> bool:
    in_time = item.days_left is None or item.days_left >= 0
    return item.expected_recovery > 0 and item.minutes > 0 and in_time and item.status != Status.WAITING


def _give_out(
    items: Sequence[WorkItem], jobs: Jobs, kept: Flags, team: Sequence[Person], *, as_of: date, busy: float
) -> list[_Done]:
    """Give the items to people and order each one's; with one person who can do all, those are the ones `kept`."""
    each = np.array([person.minutes_per_day for person in team])
    share = busy / len(team)
    if len(team) == 1 and team[0].actions is None:
        person_of = np.where(kept, 0, NOBODY)
    else:
        due = np.stack([to_jobs(items, as_of=as_of, minutes_per_day=minutes, busy=share).due for minutes in each], axis=1)
        person_of = assign_jobs(jobs, able_people(team, [item.next_action for item in items]), due, each)
    done: list[_Done] = []
    for at, person in enumerate(team):
        own = [items[job] for job in np.flatnonzero(person_of == at).tolist()]
        own_jobs = to_jobs(own, as_of=as_of, minutes_per_day=person.minutes_per_day, busy=share)
        order = order_jobs(own_jobs, minutes_per_day=person.minutes_per_day)
        days = np.ceil((share + np.cumsum(own_jobs.minutes[order])) / person.minutes_per_day) - 1
        done += [_Done(item=own[job], day=int(day), person=person.name) for job, day in zip(order.tolist(), days, strict=True)]
    return done if len(team) == 1 else sorted(done, key=lambda one: (one.day, -worth(one.item)))


def _workday(as_of: date, count: int) -> date:
    return date.fromisoformat(str(np.busday_offset(as_of, count, roll="forward")))
