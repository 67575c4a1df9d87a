"""Benchmarks: `make bench` runs them all, `make bench BENCH=requests` one of them."""
