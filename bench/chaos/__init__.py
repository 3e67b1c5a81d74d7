"""Chaos: real processes and services, faults by a seeded schedule, and a judgement from what is left on disk.

`make chaos` is the whole run; docs/chaos.md says what is injected and what is judged.
"""
