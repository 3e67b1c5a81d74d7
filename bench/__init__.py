"""Benchmarks: each beside a peer or a floor in the same run; they print ratios and assert nothing."""
