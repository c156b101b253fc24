"""A small blog: an app factory, two models, and migrations."""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_schemamigrate import SchemaMigrate

db = SQLAlchemy()
migrate = SchemaMigrate()


def create_app() -> Flask:
    """Make the app; ``flask --app example_app`` calls this."""
    app = Flask(__name__)
    app.config.from_mapping(SQLALCHEMY_DATABASE_URI="sqlite:///blog.db")
    app.config.from_prefixed_env()
    db.init_app(app)
    migrate.init_app(app, db)

    from . import models  # noqa: F401  # The models must be known before they are compared.

    return app
