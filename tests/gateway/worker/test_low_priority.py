"""Calculations that give way to those who wait for an answer."""

import os
import sys
import threading

import pytest
from threadpoolctl import threadpool_info

from gateway.worker.low_priority import LOWEST, NICER, at_low_priority, calculate_on_one_core


def own_priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_a_calculation_gives_way_and_what_writes_afterwards_does_not() -> None:
    before = own_priority()
    assert at_low_priority(own_priority) == min(before + NICER, LOWEST)
    assert own_priority() == before


def test_a_calculation_returns_its_result_and_raises_its_error() -> None:
    assert at_low_priority(lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        at_low_priority(lambda: 1 // 0)


def test_numpy_takes_no_second_core() -> None:
    calculate_on_one_core()
    threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert threads
    assert set(threads) == {1}
