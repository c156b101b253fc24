"""Renames on real databases, with rows: tables, columns, indexes, constraints, values."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

CONVENTIONS = (
    {},
    {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
    {
        "ix": "%(table_name)s_%(column_0_name)s_idx",
        "uq": "%(table_name)s_%(column_0_name)s_unique",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_name)s_to_%(referred_table_name)s",
        "pk": "%(table_name)s_primary",
    },
)


def blog(post="post", title="title", convention=0):
    """Return a function that defines a table of posts, by these names, and comments on them."""

    def define(db):
        db.metadata.naming_convention = CONVENTIONS[convention] or db.metadata.naming_convention
        db.Table(
            post,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(title, sa.String(40), nullable=False, index=True),
            sa.Column("slug", sa.String(40), unique=True),
            sa.Column("made", sa.Date),
            sa.CheckConstraint("slug <> ''", name="has_slug"),
        )
        db.Table(
            "comment",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("post_id", sa.ForeignKey(f"{post}.id"), nullable=False),
        )

    return define


def filled(database, make_project, define):
    project = make_project(database, define)
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        post, comment = tables.tables["post"], tables.tables["comment"]
        connection.execute(
            post.insert(), [{"title": "a", "slug": "x"}, {"title": "b", "slug": "y"}]
        )
        connection.execute(comment.insert(), [{"post_id": 1}, {"post_id": 2}])
    return project


def values(database, table, column):
    name = sa.column(column)
    with database.engine().connect() as connection:
        return list(connection.scalars(sa.select(name).select_from(sa.table(table)).order_by(name)))


def newest(project):
    return max(project.versions.glob("*.py"), key=lambda p: p.stat().st_mtime_ns).read_text("utf-8")


def names(database):
    """Return the names of everything that belongs to the tables; the server's catalogue's own."""
    with database.engine().connect() as connection:
        inspector = sa.inspect(connection)
        found = {}
        for table in inspector.get_table_names():
            if table not in ("alembic_version", "schemamigrate_log"):
                found[table] = sorted(
                    str(item["name"])
                    for item in (
                        inspector.get_pk_constraint(table),
                        *inspector.get_unique_constraints(table),
                        *inspector.get_indexes(table),
                        *inspector.get_foreign_keys(table),
                        *inspector.get_check_constraints(table),
                    )
                )
        if database.system == "postgresql":
            found["sequences"] = sorted(inspector.get_sequence_names())
    return found


def fresh_names(database, make_project, define):
    """Return the names that ``create_all`` gives, and leave the database empty."""
    project = make_project(database, define)
    with project.app.app_context():
        project.db.create_all()
        found = names(database)
        project.db.drop_all()
    return found


FLAGS = ("--rename", "post:article", "--rename", "post.title:headline")


@pytest.mark.parametrize("flags", [FLAGS, (*FLAGS[:3], "article.title:headline")], ids=str)
def test_a_table_and_a_column_of_it_in_one_run(database, make_project, flags):
    wanted = fresh_names(database, make_project, blog("article", "headline"))
    filled(database, make_project, blog())
    before = names(database)
    second = make_project(database, blog("article", "headline"))
    output = second.ok("migrate", *flags)
    assert "Drop table" not in output and "destroys" not in output
    second.ok("upgrade")
    assert values(database, "article", "headline") == ["a", "b"]
    assert values(database, "comment", "post_id") == [1, 2]
    assert "No changes" in second.ok("check")
    if database.system != "sqlite":
        assert names(database) == wanted
    with database.engine().begin() as connection:
        table = sa.Table("article", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert().values(headline="c"))
    second.ok("downgrade")
    assert values(database, "post", "title") == ["a", "b", "c"]
    assert names(database) == before


@pytest.mark.parametrize("names", [("post", "size"), ("article", "length")], ids=str)
def test_the_peers_line_about_a_type_names_the_former_one(database, make_project, names, caplog):
    def define(table, column, type_):
        return lambda db: db.Table(
            table, sa.Column("id", sa.Integer, primary_key=True), sa.Column(column, type_)
        )

    project = make_project(database, define("post", "size", sa.String(5)))
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    caplog.set_level("INFO", "alembic.autogenerate.compare")
    table, column = names
    flags = ("--rename", "post:article", "--rename", "post.size:length") * (table == "article")
    caplog.clear()
    make_project(database, define(table, column, sa.String(9))).ok("migrate", *flags)
    assert [record.getMessage() for record in caplog.records] == [
        f"Detected type change from VARCHAR(length=5) to String(length=9) on '{table}.{column}'"
    ]


def test_a_changed_naming_convention_gives_renames(database, make_project):
    wanted = fresh_names(database, make_project, blog(convention=2))
    filled(database, make_project, blog(convention=1))
    before = names(database)
    second = make_project(database, blog(convention=2))
    output = second.ok("migrate", "-m", "names")
    if database.system == "postgresql":
        assert "Drop" not in output
        assert output.count("Rename") == 6
    second.ok("upgrade")
    assert values(database, "post", "title") == ["a", "b"]
    assert values(database, "comment", "post_id") == [1, 2]
    assert "No changes" in second.ok("check")
    assert names(database) == wanted != before
    second.ok("downgrade")
    assert names(database) == before
