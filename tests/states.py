"""Databases in each state that real life leaves them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from .conftest import Database
from .conftest import Project

#: What the app's models are in all of them.
TABLE = "op.create_table('person', sa.Column('id', sa.Integer, primary_key=True))"
COLUMN = "op.add_column('person', sa.Column('name', sa.String(40)))"
STOPS = "op.create_table('half', sa.Column('id', sa.Integer))\nop.get_bind().commit()\nnowhere()"


def person(db: Any) -> None:
    """Define the models."""
    db.Table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40)),
    )


def ran(database: Database, *statements: str) -> None:
    """Run SQL."""
    with database.engine().begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


class States:
    """Makes an app and brings its database into a state; each method is one."""

    def __init__(self, database: Database, make_project: Callable[..., Project]) -> None:
        self.database = database
        self.make = make_project

    def app(self, *, url: Any = None, **config: Any) -> Project:
        """Give an app with two revisions."""
        made = self.make(url or self.database, person, **config)
        if not made.folder.exists():
            made.ok("init")
            made.script("a1", None, TABLE, downgrade="op.drop_table('person')", message="person")
            made.script("b2", "a1", COLUMN, downgrade="op.drop_column('person', 'name')")
        return made

    def empty(self, **config: Any) -> Project:
        """Nothing is there."""
        return self.app(**config)

    def current(self, **config: Any) -> Project:
        """Everything is applied."""
        made = self.app(**config)
        made.ok("upgrade")
        return made

    def behind(self, **config: Any) -> Project:
        """One revision is not applied."""
        made = self.app(**config)
        made.ok("upgrade", "a1")
        return made

    def ahead(self, **config: Any) -> Project:
        """A newer image was here: it had a third revision."""
        made = self.app(**config)
        path = made.script("c3", "b2", "op.create_table('later', sa.Column('id', sa.Integer))",
                           downgrade="op.drop_table('later')", message="later")  # fmt: skip
        made.ok("upgrade")
        path.unlink()
        return made

    def diverged(self, **config: Any) -> Project:
        """Another branch was here: it has the first revision and one of its own."""
        made = self.app(**config)
        mine = (made.versions / "b2.py").read_text(encoding="utf-8")
        (made.versions / "b2.py").unlink()
        body = "op.create_table('other', sa.Column('id', sa.Integer))"
        path = made.script("x9", "a1", body, downgrade="op.drop_table('other')", message="other")
        made.ok("upgrade")
        path.unlink()
        (made.versions / "b2.py").write_text(mine, encoding="utf-8")
        return made

    def dirty(self, **config: Any) -> Project:
        """A revision stopped half-way."""
        made = self.behind(**config)
        made.script("b2", "a1", STOPS)
        assert made.run("upgrade").exit_code == 1
        return made

    def unmanaged(self, **config: Any) -> Project:
        """``create_all`` made the tables."""
        made = self.app(**config)
        with made.app.app_context():
            made.db.create_all()
        return made

    def drifted(self, **config: Any) -> Project:
        """Somebody changed the tables by hand."""
        made = self.current(**config)
        ran(self.database, "ALTER TABLE person ADD COLUMN hand VARCHAR(10)")
        return made

    def unreachable(self, **config: Any) -> Project:
        """No server answers, or the file is no database."""
        made = self.app(url=self.nowhere(), **config)
        return made

    def nowhere(self) -> Database:
        """Give a database that is not there."""
        url = self.database.url
        if self.database.system == "sqlite":
            return replace(self.database, url=url.set(database="/nowhere/at/all/app.db"))
        return replace(self.database, url=url.set(port=1, username="ana", password="s3cret"))
