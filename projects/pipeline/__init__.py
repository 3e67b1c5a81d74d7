"""The pipeline: one file a phase, each a handler that the engine calls for its kind of task."""
