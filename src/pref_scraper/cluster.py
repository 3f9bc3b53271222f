"""Tasks carried out on a Dask cluster: the door to distributed.

In go the address of a scheduler and tasks, out comes what each has made, as it comes. Only these pass through the
scheduler, and no page. A task whose worker dies is given to another one. What a worker raises of our errors is
raised here; PrefScraperError says where the cluster is at fault.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from distributed import Client, KilledWorker, as_completed
from distributed.client import FutureCancelledError

from .errors import PrefScraperError, UsageError

PATIENCE = 15
"""Seconds to wait for a scheduler that answers, and for a first worker."""

Task = TypeVar("Task")
Done = TypeVar("Done")


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address

    def each(self, function: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """What a function makes of each task, in the order in which they are done."""
        # Not pure: equal tasks of two runs are not one, since files may have come in between.
        futures = self._client.map(function, tasks, pure=False)
        try:
            for future in as_completed(futures):
                yield future.result()
        except KilledWorker as error:
            raise PrefScraperError(
                "several workers died while they read one file: see to their memory and to what they say"
            ) from error
        except FutureCancelledError as error:
            raise PrefScraperError(f"the scheduler at {self._address} was lost: see to it and begin again") from error
        except (
            ModuleNotFoundError,
            RuntimeError,
        ) as error:  # the latter is the scheduler's, which looks into tasks, too
            missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
            if not isinstance(missing, ModuleNotFoundError):
                raise
            raise UsageError(
                f"the scheduler or a worker has no {missing.name}: pip install 'pref-scraper[cluster,pack]' there"
            ) from error


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster of the scheduler at an address, as `tcp://host:8786`; UsageError where there is none, or no worker."""
    for name in ("distributed", "distributed.client"):  # what is wrong is said here, once
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {address} ({error}): name one, as tcp://host:8786, that `dask scheduler` started"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise UsageError(
                f"the scheduler at {address} has no worker: start some, `dask worker {address}`"
            ) from error
        yield Cluster(client, address)
