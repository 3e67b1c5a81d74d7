"""A REST API: FastAPI, SQLAlchemy 2, Alembic, JWT sign-in, on SQLite or PostgreSQL."""
