"""Sweeps on a cluster."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

import convcalc
from convcalc.commands.sweep.request import read_request
from convcalc.commands.sweep.run import chunks
from tests.conftest import Run

LARGE = ["cin=8:1600:8", "hw=4:64:4", "reduction=1:200"]
AXES = ("--set", "cin=8:256:8", "--set", "hw=4:32:4", "--set", "groups=1:4")


@pytest.fixture(name="cluster", scope="module")
def _cluster() -> Any:
    """Two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_cluster_finds_the_same(run: Run, cluster: Any) -> None:
    """Points in order, fronts and counts, as one process has them."""
    axes = ["cin=8:800:8", "hw=4:64:4", "reduction=1:40", "groups=1,2,3"]
    for wanted in ({"top": 50, "sort": "macs:desc"}, {"pareto": "macs:max,activations"}, {"where": "macs < 1M"}):
        alone = convcalc.sweep("bottleneck", set=axes, **wanted)  # type: ignore[arg-type]
        shared = convcalc.sweep("bottleneck", set=axes, dask=cluster.scheduler_address, **wanted)  # type: ignore[arg-type]
        assert {name: column.tolist() for name, column in shared.columns.items()} == {
            name: column.tolist() for name, column in alone.columns.items()
        }
        assert (shared.done, shared.invalid) == (alone.done, alone.invalid)
    arguments = ("sweep", "bottleneck", *AXES, "--format", "csv")
    assert run(*arguments, "--dask", cluster.scheduler_address).out == run(*arguments).out


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing(cluster: Any) -> None:
    """One of the two is killed while they work; every point is there, once."""
    plan = read_request("bottleneck", LARGE, metrics="macs")
    expected = [int(value) for chunk in chunks(plan) for value in chunk.points.metrics["macs"]]
    killed: list[int] = []

    def told(more: int, whole: int) -> None:
        if not killed:
            pid = next(iter(cluster.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    found = convcalc.sweep("bottleneck", set=LARGE, metrics="macs", dask=cluster.scheduler_address, progress=told)
    assert killed
    assert found.columns["macs"].tolist() == expected
    assert found.done == plan.size


def test_a_cluster_that_does_not_answer(run: Run) -> None:
    """Exit 2, with the address."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    ran = run("sweep", "bottleneck", *AXES, "--dask", "tcp://127.0.0.1:9")
    assert (ran.code, "tcp://127.0.0.1:9: the cluster does not answer" in ran.err) == (2, True)
