"""Owns what a minute of the coming weeks is worth: that of the last job that still finds time while new work keeps coming.

Without a price a deadline would pull any job ahead of better ones, as if those could wait for free. Where minutes are scarce
they cannot: each day brings work of its own.
"""

import numpy as np

from serving.work_queue.schedule import Jobs

# Calendar days to look back for what comes in, and ahead for what finds time. Chosen on three simulated worlds among 14, 30,
# 60 and 90 (docs/work_queue.md); most appeal limits are not much longer.
PRICE_DAYS = 90


def minute_price(waiting: Jobs, arrived: Jobs, *, minutes: float) -> float:
    """Find the dollars a minute down to which the work of `PRICE_DAYS` fills the minutes; 0 where all of it fits.

    That work is what is `waiting` and as much again as `arrived` in the last `PRICE_DAYS`; `minutes` are those of all people.
    """
    density = np.concatenate([waiting.density, arrived.density])
    needed = np.concatenate([waiting.minutes, arrived.minutes])
    worthwhile = density > 0
    density, needed = density[worthwhile], needed[worthwhile]
    best = np.argsort(-density, kind="stable")
    last = int(np.searchsorted(np.cumsum(needed[best]), minutes))
    return float(density[best[last]]) if last < len(best) else 0.0
