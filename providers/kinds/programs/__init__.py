"""What the kinds of agent programs share: the session in the sandbox, limits from outside, the transcript, the end."""
