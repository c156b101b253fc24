"""Migrations for Flask apps, on an engine of their own."""
