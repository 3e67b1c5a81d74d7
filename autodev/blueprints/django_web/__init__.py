"""A web application: Django, server-rendered, with accounts and the admin site, on SQLite or PostgreSQL."""
