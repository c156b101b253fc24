"""Alembic's own tests, run against our modules under its name."""
