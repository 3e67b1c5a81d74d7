"""The engine: claims tasks, keeps their leases, records what they did. It knows tasks, not software
(docs/engine.md)."""
