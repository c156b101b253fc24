"""The recipes of docs/deploying.rst, line by line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project
from .together import said_by

PAGE = (Path(__file__).parent.parent / "docs" / "deploying.rst").read_text(encoding="utf-8")
AT_ONCE = 8

FIRST = """
op.create_table(
    "person",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False),
)
"""
EXPANDED = 'op.add_column("person", sa.Column("shown", sa.String(50)))'
FILLED = 'op.execute("UPDATE person SET shown = name WHERE shown IS NULL")'
CONTRACTED = """
with op.batch_alter_table("person") as batch:
    batch.alter_column("shown", existing_type=sa.String(50), nullable=False)
"""


def recipe(title: str) -> list[tuple[str, str, int]]:
    """Return the lines of a section: the image, the command, its exit status."""
    section = PAGE.split(f"\n{title}\n{'-' * len(title)}\n")[1]
    section = re.split(r"\n[^\n]+\n-{4,}\n", section)[0]
    lines, image = [], ""
    for block in re.findall(r"\.\. code-block:: console\n\n((?:    .*\n|\n)+)", section):
        for line in textwrap.dedent(block).splitlines():
            if found := re.match(r"# (image \d)", line):
                image = found[1]
            elif found := re.fullmatch(r"\$ flask db (.*?)(?:\s{2,}(\d+))?", line):
                lines.append((image, found[1], int(found[2] or 0)))
        lines.append(("", "", 0))
    return lines


@pytest.fixture
def images(database: Database, make_project: Callable[..., Project]) -> dict[str, Project]:
    """Give two versions of an app on one database, the second with three revisions more."""

    def one(db: Any) -> None:
        db.Table(
            "person",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(50), nullable=False),
        )

    def two(db: Any) -> None:
        one(db)
        db.metadata.tables["person"].append_column(
            sa.Column("shown", sa.String(50), nullable=False)
        )

    made = {}
    for number, define in (("1", one), ("2", two)):
        config = {"SCHEMAMIGRATE_AHEAD": "allow", "SCHEMAMIGRATE_APP_VERSION": number}
        project = make_project(database, define, f"image{number}", **config)
        project.ok("init")
        project.script("first", None, FIRST, downgrade='op.drop_table("person")')
        made[f"image {number}"] = project
    later = made["image 2"]
    back = 'op.drop_column("person", "shown")'
    later.script("expanded", "first", EXPANDED, downgrade=back)
    later.script("filled", "expanded", FILLED)
    loose = CONTRACTED.replace("nullable=False", "nullable=True")
    later.script("contracted", "filled", CONTRACTED, downgrade=loose)
    return made


@pytest.mark.parametrize(
    "title", ["In an init container", "As a job of its own", "Blue-green", "Rolling back"]
)
def test_the_recipe_works(title: str, images: dict[str, Project], database: Database) -> None:
    typed = 0
    for image, words, status in recipe(title):
        if not words:  # The next block begins with a database of its own.
            images["image 2"].run("downgrade", "base")
            continue
        result = images[image].run(*words.split())
        assert result.exit_code == status, (image, words, result.output)
        typed += 1
        if words == "upgrade" and typed == 1:
            insert(database)
        if words.startswith("downgrade"):
            with database.engine().connect() as connection:
                rows = connection.exec_driver_sql("SELECT * FROM person ORDER BY id").all()
            assert [tuple(row) for row in rows] == [(1, "Ada"), (2, "Bo")]
    assert typed >= 2


def insert(database: Database) -> None:
    """Put two rows into the table, whatever columns it has by now."""
    with database.engine().begin() as connection:
        table = sa.Table("person", sa.MetaData(), autoload_with=connection)
        rows = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}]
        shown = {"shown": "x"} if "shown" in table.c else {}
        connection.execute(table.insert(), [{**row, **shown} for row in rows])


def test_every_container_upgrades_at_boot(
    images: dict[str, Project], database: Database, tmp_path: Path
) -> None:
    """All of them at once, each in a process of its own."""
    (line,) = [words for _, words, _ in recipe("At boot") if words]
    done = said_by(AT_ONCE, tmp_path, database, "image2", *line.split())
    assert [status for status, _ in done] == [0] * AT_ONCE, done
    assert sum("upgraded  first" in said for _, said in done) == 1
    assert sum("Nothing to upgrade" in said for _, said in done) == AT_ONCE - 1
