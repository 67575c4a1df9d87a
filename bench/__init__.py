"""Measurements that the issues ask for; `make bench` runs them all, `make bench BENCH=requests` one."""
