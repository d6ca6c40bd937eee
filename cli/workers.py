"""Owns where the parts of a long job are done: in this process, or by the workers of a Dask cluster.

What crosses the wire is a function by its name and plain data (text, bytes, days, arrays, Arrow tables): no object of ours. A
part is done anew when its worker dies, so that work on parts must be pure.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from serving.errors import RefusedInput

if TYPE_CHECKING:
    from distributed import Client

Answer = TypeVar("Answer")
Work = Callable[..., Answer]
Part = tuple[object, ...]  # arguments of one call
PARTS_PER_THREAD = 2  # sent at once: one to do, one to go on with
CONNECT_SECONDS = 20
RETRIES = 5  # deaths of workers that one part survives


class NoCluster(RefusedInput):
    """No cluster answers, or the installation has no Dask."""

    def __init__(self, address: str, *, got: str) -> None:
        super().__init__(f"cluster {address}: expected a Dask scheduler, got {got}")


class Workers(Protocol):
    """Who does the parts of a job."""

    def share(self, value: object) -> object:
        """Give what stands for a value that many parts need: it reaches each worker once."""
        ...

    def each(self, work: Work[Answer], parts: Iterable[Part]) -> Iterator[Answer]:
        """Call `work` with each part's arguments; answers come in the order of the parts, which are drawn as there is room."""
        ...


class Here:
    """This process, one part after the other."""

    def share(self, value: object) -> object:
        """Give the value itself."""
        return value

    def each(self, work: Work[Answer], parts: Iterable[Part]) -> Iterator[Answer]:
        """Do each part when its answer is asked for."""
        return (work(*part) for part in parts)


class Cluster:
    """The workers of a Dask cluster. They must run the same version of this package and reach the history."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def share(self, value: object) -> object:
        """Keep a value as a task of its own: unlike scattered data it can be made again when its worker dies."""
        return self._client.submit(_same, value, pure=False)

    def each(self, work: Work[Answer], parts: Iterable[Part]) -> Iterator[Answer]:
        """Keep every thread of the cluster busy, and no more parts on the way than that needs."""
        waiting = iter(parts)
        under_way: deque[Any] = deque()
        while True:
            room = max(1, PARTS_PER_THREAD * self._thread_count() - len(under_way))
            under_way += [self._client.submit(work, *part, pure=False, retries=RETRIES) for part in islice(waiting, room)]
            if not under_way:
                return
            yield under_way.popleft().result()

    def _thread_count(self) -> int:
        return sum(self._client.nthreads().values())


@contextmanager
def workers_at(address: str | None) -> Iterator[Workers]:
    """Connect to the scheduler at an address (`tcp://host:8786`, `tls://...`); `None` = this process. Raises: NoCluster."""
    if address is None:
        yield Here()
        return
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise NoCluster(address, got="no Dask here: install denials[cluster]") from None
    # Parts carry files of some megabytes on purpose; a worker's death is no reason to give a part up.
    with dask.config.set(
        {"distributed.admin.large-graph-warning-threshold": "1GB", "distributed.scheduler.allowed-failures": RETRIES}
    ):
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise NoCluster(address, got=type(error).__name__) from None
        with client:
            yield Cluster(client)


def _same(value: object) -> object:
    return value
