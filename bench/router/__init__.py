"""The routing beside litellm.Router: what it costs, and what it does when a provider breaks."""
