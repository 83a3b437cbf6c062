"""Every workload by its key, in the order of the report."""

from __future__ import annotations

import bench_digits
import bench_fashion
import bench_grid_search
import bench_latency
import bench_memory
import bench_optimizers
import bench_predict
import bench_scale
import bench_sine
import bench_sparse_wide
import bench_stream
import bench_threads
import bench_width
import machine
from harness import Workload

MODULES = (
    machine,
    bench_sparse_wide,
    bench_width,
    bench_digits,
    bench_fashion,
    bench_grid_search,
    bench_predict,
    bench_memory,
    bench_stream,
    bench_sine,
    bench_latency,
    bench_threads,
    bench_optimizers,
    bench_scale,
)


def all_workloads(quick: bool) -> dict[str, Workload]:
    return {workload.key: workload for module in MODULES for workload in module.workloads(quick)}
