"""SQLite: what ``batch_alter_table`` can be told beyond its directives."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import op
from flask_schemamigrate.errors import InvalidOperation

from .sqlite import File


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Give a database with two tables and a few rows."""
    file = File(tmp_path / "app.db")
    file.execute(
        """
        CREATE TABLE t (
          id INTEGER NOT NULL, flag BOOLEAN, kind VARCHAR(1), n INTEGER DEFAULT 3,
          PRIMARY KEY (id), CHECK (flag IN (0, 1)), CONSTRAINT kinds CHECK (kind IN ('a', 'b'))
        );
        CREATE INDEX ix_n ON t (n);
        INSERT INTO t VALUES (1, 1, 'a', 5), (2, 0, NULL, NULL);
        CREATE TABLE other (a INTEGER PRIMARY KEY, b INTEGER UNIQUE);
        """
    )
    return file


def names(file: File, table: str = "t") -> list[str]:
    return [row[0] for row in file.rows(f"SELECT name FROM pragma_table_xinfo('{table}')")]


def test_copy_from_stands_for_the_table_as_it_is(file: File) -> None:
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    present = sa.Table("t", sa.MetaData(), *columns, sa.Column("kind", sa.String(1)))

    def script() -> None:
        with op.batch_alter_table("t", copy_from=present) as batch:
            batch.alter_column("n", type_=sa.Text())

    file.migrate(script)
    assert names(file) == ["id", "n", "kind"]
    assert file.rows("SELECT * FROM t") == [(1, "5", "a"), (2, None, None)]
    assert "ix_n" in file.master()


def test_constraints_and_options_of_the_whole_table(file: File) -> None:
    args = (sa.UniqueConstraint("kind", "n", name="both"), sa.CheckConstraint("n < 9", name="few"))
    options = {"sqlite_autoincrement": True}

    def script() -> None:
        with op.batch_alter_table("t", table_args=args, table_kwargs=options) as batch:
            batch.alter_column("n", nullable=True)

    file.migrate(script)
    text = file.master()["t"]
    assert "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT" in text
    assert "CONSTRAINT both UNIQUE (kind, n)" in text
    assert "CONSTRAINT few CHECK (n < 9)" in text
    assert "PRIMARY KEY (id)" not in text


def test_a_restated_column_takes_the_place_of_the_one_found(file: File) -> None:
    restated = (sa.Column("n", sa.BigInteger, nullable=True, server_default="4"),)

    def script() -> None:
        with op.batch_alter_table("t", recreate="always", reflect_args=restated):
            pass

    file.migrate(script)
    assert "n BIGINT DEFAULT '4'" in file.master()["t"]


def test_columns_are_put_into_groups(file: File) -> None:
    def script() -> None:
        groups = [("kind", "id"), ("n", "flag")]
        with op.batch_alter_table("t", recreate="always", partial_reordering=groups):
            pass

    file.migrate(script)
    assert names(file) == ["kind", "id", "n", "flag"]
    assert file.rows("SELECT id, flag, kind, n FROM t") == [(1, 1, "a", 5), (2, 0, None, None)]


def test_a_place_beside_nothing_is_refused(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.add_column(sa.Column("new", sa.Integer), insert_after="nowhere")

    with pytest.raises(InvalidOperation, match="no column 'nowhere' to put 'new' beside"):
        file.migrate(script)


def test_the_check_of_a_boolean_goes_with_its_type(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            boolean = sa.Boolean(create_constraint=True)
            batch.alter_column("flag", existing_type=boolean, type_=sa.Integer())
            enum = sa.Enum("a", "b", name="kinds", create_constraint=True)
            new = sa.Enum("a", "b", "cc", name="kinds", create_constraint=True)
            batch.alter_column("kind", existing_type=enum, type_=new)

    file.migrate(script)
    text = file.master()["t"]
    assert "flag INTEGER" in text
    assert "(0, 1)" not in text
    assert "kind VARCHAR(2)" in text
    assert "CONSTRAINT kinds CHECK (kind IN ('a', 'b', 'cc'))" in text
    assert text.count("CHECK") == 1


def test_a_column_is_dropped_and_made_anew_without_its_values(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.drop_column("n")
            batch.add_column(sa.Column("n", sa.Text(), server_default="new"))

    file.migrate(script)
    assert file.rows("SELECT n FROM t") == [("new",), ("new",)]
    assert "ix_n" in file.master()


def test_changes_before_and_after_a_rename_are_all_made(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.alter_column("n", type_=sa.Text())
            batch.create_index("ix_kind", ["kind"])
            batch.alter_column("kind", new_column_name="sort", existing_type=sa.String(1))
            batch.add_column(sa.Column("late", sa.Integer), insert_after="sort")
            batch.create_unique_constraint("uq", ["sort"])

    file.migrate(script)
    assert names(file) == ["id", "flag", "sort", "late", "n"]
    assert "CONSTRAINT uq UNIQUE (sort)" in file.master()["t"]
    assert "sort" in file.master()["ix_kind"]
    assert "CHECK (\"sort\" IN ('a', 'b'))" in file.master()["t"]


def test_the_primary_key_is_changed(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.alter_column("id", type_=sa.Integer(), nullable=False)
            batch.alter_column("flag", nullable=False, existing_type=sa.Boolean())
            batch.create_primary_key("pk_t", ["id", "flag"])

    file.migrate(script)
    assert file.master()["t"].count("PRIMARY KEY") == 1
    assert "CONSTRAINT pk_t PRIMARY KEY (id, flag)" in file.master()["t"]
    assert file.rows("SELECT id, flag FROM t") == [(1, 1), (2, 0)]


def test_a_new_key_column_numbers_the_rows(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("other") as batch:
            batch.drop_column("a")
            batch.add_column(sa.Column("id", sa.Integer, primary_key=True), insert_before="b")

    file.execute("INSERT INTO other VALUES (7, 1), (9, 2)")
    file.migrate(script)
    assert file.rows("SELECT id, b FROM other") == [(1, 1), (2, 2)]


def test_an_index_is_dropped_and_made_over_a_new_column(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.drop_index("ix_n")
            batch.add_column(sa.Column("m", sa.Integer, index=True))
            batch.create_index("ix_n", ["n", "m"], unique=True, sqlite_where=sa.text("n > 1"))

    statements = file.migrate(script)
    assert not [sql for sql in statements if "DROP TABLE" in sql]
    assert file.master()["ix_n"] == "CREATE UNIQUE INDEX ix_n ON t (n, m) WHERE n > 1"
    assert "ix_t_m" in file.master()


def test_all_changes_of_a_batch_take_one_rebuild(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.alter_column("n", server_default=None)
            batch.alter_column("kind", type_=sa.String(9))
            batch.create_table_comment("nothing on SQLite")
            batch.create_foreign_key("fk", "other", ["n"], ["b"])
            batch.drop_constraint("kinds", type_="check")

    file.execute("INSERT INTO other VALUES (1, 5)")
    statements = file.migrate(script)
    assert len([sql for sql in statements if sql.startswith("DROP TABLE")]) == 1


def test_a_generated_column_is_made_plain_and_back(file: File) -> None:
    def script() -> None:
        op.add_column("t", sa.Column("twice", sa.Integer, sa.Computed("n * 2", persisted=True)))

    file.migrate(script)
    assert file.rows("SELECT twice FROM t") == [(10,), (None,)]
    assert "GENERATED ALWAYS AS (n * 2) STORED" in file.master()["t"]


def test_an_unknown_table_or_column_is_named(file: File) -> None:
    def table() -> None:
        op.alter_column("tt", "n", nullable=False)

    def column() -> None:
        op.alter_column("t", "m", nullable=False)

    with pytest.raises(InvalidOperation, match="There is no table tt"):
        file.migrate(table)
    with pytest.raises(InvalidOperation, match="Table t has no column 'm'") as caught:
        file.migrate(column)
    assert caught.value.hint == "Its columns: id, flag, kind, n"


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: op.drop_column("tt", "n"), "no such table: tt"),
        (lambda: op.drop_column("t", "m"), "no such column: .*m"),
        (lambda: op.add_column("tt", sa.Column("n", sa.Integer)), "no such table: tt"),
        (
            lambda: op.add_column("t", sa.Column("n", sa.Integer, nullable=False)),
            "duplicate column name: n",
        ),
    ],
)
def test_what_scripts_catch_is_sqlites_own_error(
    file: File, work: Callable[[], None], words: str
) -> None:
    def script() -> None:
        with pytest.raises(sa.exc.OperationalError, match=words):
            work()
        op.add_column("t", sa.Column("after", sa.Integer))

    file.migrate(script)
    assert "after" in file.master()["t"]


def test_a_table_that_is_not_there_is_sqlalchemys_error_too(file: File) -> None:
    def script() -> None:
        with pytest.raises(sa.exc.NoSuchTableError, match="There is no table tt."):  # noqa: SIM117
            with op.batch_alter_table("tt") as batch:
                batch.alter_column("n", nullable=False)

    file.migrate(script)


def test_a_misspelled_directive_is_told_as_it_was_written(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("t") as batch:
            batch.add_colum(sa.Column("x", sa.Integer))

    words = "There is no operation 'add_colum'. Did you mean 'add_column'?"
    with pytest.raises(AttributeError, match=re.escape(words)):
        file.migrate(script)


def test_copy_from_cannot_have_what_the_table_has_not(file: File) -> None:
    given = sa.Table(
        "t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("mail", sa.String(50))
    )
    before = file.rows("SELECT * FROM t")

    def script() -> None:
        with op.batch_alter_table("t", copy_from=given) as batch:
            batch.alter_column("id", type_=sa.BigInteger())

    with pytest.raises(InvalidOperation, match="copy_from has mail, and t has no such column"):
        file.migrate(script)
    assert file.rows("SELECT * FROM t") == before


def test_a_string_is_no_column(file: File) -> None:
    file.execute(
        "CREATE TABLE u (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, "
        "CONSTRAINT one_of CHECK (kind IN ('name', 'email')));"
        "CREATE UNIQUE INDEX named ON u (id) WHERE kind = 'name';"
        "CREATE INDEX gone ON u ('name');"
        "INSERT INTO u VALUES (1, 'name', 'x')"
    )
    file.migrate(lambda: op.drop_column("u", "name"))
    assert file.rows("SELECT * FROM u") == [(1, "name")]
    found = file.master()
    assert "named" in found and "gone" not in found
    assert "CHECK (kind IN ('name', 'email'))" in found["u"]


def test_the_last_column_stays(file: File) -> None:
    file.execute("CREATE TABLE u (id INTEGER)")
    with pytest.raises(InvalidOperation, match="a table needs one"):
        file.migrate(lambda: op.drop_column("u", "id"))
