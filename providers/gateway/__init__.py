"""The gateway: OpenAI's and Anthropic's wire formats in front of the routing. One ASGI app, used on TCP and per job."""
