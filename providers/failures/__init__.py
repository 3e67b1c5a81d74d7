"""What went wrong at a provider: one closed set of kinds, and how a signal becomes one of them."""
