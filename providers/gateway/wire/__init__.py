"""The two wire formats: a body becomes a request, an answer or its pieces become bytes."""
