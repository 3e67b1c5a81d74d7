"""How a provider does: windows of its calls, its circuit breaker, and the score that decides between two of them.

All of it is pure: plain data and a `now` go in, plain data comes out. `providers.live` stores it and shares it.
"""
