"""``flask db`` of either tool, run in a package's environment on its own migrations folder."""

from __future__ import annotations

import io
import sys
import traceback
from typing import Any

# Alembic prints to what stdout was when it was imported.
_printed = sys.stdout = io.StringIO()

import sqlalchemy as sa  # noqa: E402
from flask import Flask  # noqa: E402
from flask_sqlalchemy import SQLAlchemy  # noqa: E402


def run(
    migrate: type[Any],
    folder: str,
    url: str,
    words: list[str],
    added: list[list[str]] | None = None,
) -> list[Any]:
    """Run ``flask db WORDS`` and return its exit status and what it printed, or a traceback.

    With ``added`` the models are the tables that the database has, and besides, for each pair in
    it, a table of the first name and a column of that name in the table of the second.
    """
    app = Flask("real")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, UPLOAD_FOLDER="/nowhere")
    db = SQLAlchemy(app)
    migrate(app, db, directory=folder)
    if added is not None:
        _models(app, db, added)
    _printed.truncate(_printed.seek(0))
    result = app.test_cli_runner().invoke(args=["db", *words])
    with app.app_context():
        db.engine.dispose()
    if result.exc_info is not None and not isinstance(result.exception, SystemExit | None):
        return [1, "".join(traceback.format_exception(*result.exc_info))]
    complaint = result.stderr if result.exit_code else ""
    return [result.exit_code, result.stdout + _printed.getvalue() + complaint]


def _models(app: Flask, db: Any, added: list[list[str]]) -> None:
    """Read the models from the database, and add to them."""
    known = ("alembic_version", "schemamigrate_journal")
    with app.app_context():
        db.metadata.reflect(db.engine, only=lambda name, _: name not in known)
    for name, table in added:
        other = db.metadata.tables[table]
        if name not in db.metadata.tables:
            sa.Table(
                name,
                db.metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("word", sa.String(20), nullable=False, index=True),
            )
        if name not in other.c:
            other.append_column(sa.Column(name, sa.String(30)))
