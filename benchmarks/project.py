"""The same app, models and scripts for everybody who is measured.

An app is three files, which differ in one line each: without migrations (``bare``), with this
package (``ours``) and with Flask-Migrate (``peer``).  The scripts are the same text.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

FLASK = (sys.executable, "-m", "flask", "--app")
APP = '''"""An app."""
import os
import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_URL"]
db = SQLAlchemy(app)
import models
models.define(db)
{line}


@app.cli.command("nothing")
def nothing():
    """Do nothing."""


@app.cli.command("raw")
@click.argument("arguments", nargs=-1)
def raw(arguments):
    """Do it with nothing around."""
    import limits
    limits.run(db, *arguments)
'''
LINES = {
    "bare": "",
    "ours": "from flask_schemamigrate import SchemaMigrate; SchemaMigrate(app, db)",
    "peer": "from flask_migrate import Migrate; Migrate(app, db)",
}
SCRIPT = '''"""{message}

Revision ID: {id}
Revises: {below}
Create Date: 2026-01-01 00:00:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = {id!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade():
{up}


def downgrade():
{down_body}
'''


def make(folder: Path, tables: int = 1) -> Path:
    """Make a folder with the apps and with models of ``tables`` tables."""
    folder.mkdir(parents=True)
    for name, line in LINES.items():
        (folder / f"{name}.py").write_text(APP.format(line=line))
    (folder / "models.py").write_text(models(tables))
    limits = Path(__file__).parent / "limits.py"
    (folder / "limits.py").write_text(limits.read_text())
    return folder


def id_of(number: int) -> str:
    """Return the id of a revision, which looks as random as real ones do."""
    return f"{random.Random(number).getrandbits(48):012x}"


def history(folder: Path, revisions: int, branches: int = 0, schema: bool = False) -> None:
    """Write scripts into the peer's and our folder; both have been made already.

    ``branches``: so many times the line forks and is merged again.  With ``schema`` the scripts
    are the steps of :func:`steps`, else they do nothing.
    """
    work = steps(revisions) if schema else None
    for name, (down, message) in _line(revisions, branches).items():
        up, back = next(work)[:2] if work is not None else ("pass", "pass")
        below = down if isinstance(down, str) or down is None else ", ".join(down)
        text = SCRIPT.format(
            message=message,
            id=name,
            below=below or "",
            down=down,
            up=f"    {up}",
            down_body=f"    {back}",
        )
        for place in ("ours_migrations", "peer_migrations"):
            (folder / place / "versions" / f"{name}_{message.replace(' ', '_')}.py").write_text(
                text
            )


def _line(revisions: int, branches: int) -> dict[str, tuple[str | tuple[str, ...] | None, str]]:
    found: dict[str, tuple[str | tuple[str, ...] | None, str]] = {}
    before: str | None = None
    every = revisions // branches if branches else revisions + 1
    for number in range(revisions):
        id_ = id_of(number)
        step = number % every
        if branches and step == every - 1 and number >= 3:
            found[id_] = ((id_of(number - 1), id_of(number - 2)), f"merge {number}")
        elif branches and step == every - 2 and number >= 3:
            found[id_] = (id_of(number - 2), f"fork {number}")
        else:
            found[id_] = (before, f"change number {number}")
        before = id_
    return found


def steps(revisions: int) -> Iterator[tuple[str, str, str]]:
    """Yield upgrade, downgrade and the SQL of revisions of four kinds, in turn."""
    for number in range(revisions):
        at = number // 4
        match number % 4:
            case 0:
                yield (
                    f"op.create_table('t{at}', sa.Column('id', sa.Integer(), nullable=False), "
                    f"sa.Column('name', sa.String(50), nullable=True), "
                    "sa.PrimaryKeyConstraint('id'))",
                    f"op.drop_table('t{at}')",
                    f"CREATE TABLE t{at} (id INTEGER NOT NULL, name VARCHAR(50), PRIMARY KEY (id))",
                )
            case 1:
                yield (
                    f"op.add_column('t{at}', sa.Column('price', sa.Integer(), nullable=True))",
                    f"op.drop_column('t{at}', 'price')",
                    f"ALTER TABLE t{at} ADD COLUMN price INTEGER",
                )
            case 2:
                yield (
                    f"op.create_index('ix_t{at}_name', 't{at}', ['name'])",
                    f"op.drop_index('ix_t{at}_name', table_name='t{at}')",
                    f"CREATE INDEX ix_t{at}_name ON t{at} (name)",
                )
            case _:
                sql = f"INSERT INTO t{at} (id, name, price) VALUES (1, 'one', 1)"
                yield f'op.execute("{sql}")', f"op.execute('DELETE FROM t{at}')", sql


def models(tables: int) -> str:
    """Return a module with ``tables`` tables of 12 columns, each with an index, most with a key."""
    return f'''"""Models."""
import sqlalchemy as sa


def define(db):
    """Add the tables to the metadata of the default bind."""
    for number in range({tables}):
        columns = [
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(50), nullable=False),
            sa.Column("title", sa.String(100), index=True),
            sa.Column("text", sa.Text),
            sa.Column("price", sa.Numeric(10, 2), server_default="0"),
            sa.Column("count", sa.Integer, server_default="1", nullable=False),
            sa.Column("active", sa.Boolean),
            sa.Column("created", sa.DateTime, server_default=sa.func.current_timestamp()),
            sa.Column("day", sa.Date),
            sa.Column("size", sa.BigInteger),
            sa.Column("data", sa.LargeBinary),
            sa.Column(
                "above_id",
                sa.Integer,
                sa.ForeignKey(f"t{{number - 1}}.id", name=f"fk{{number}}") if number else None,
            ),
        ]
        sa.Table(f"t{{number}}", db.metadata, *columns)
'''
