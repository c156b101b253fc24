"""SQLite: whatever a table is put through, what nobody named stays to the letter."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate import op
from flask_schemamigrate.errors import InvalidOperation
from flask_schemamigrate.errors import WouldLoseRows

from .sqlite import File

SCHEMA = """
CREATE TABLE parent ( -- people
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  name VARCHAR(10) COLLATE NOCASE,
  born DATE DEFAULT '2020-01-02', /* of birth */
  twice INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL,
  up INTEGER REFERENCES parent(id) ON DELETE CASCADE,
  CHECK (length(name) < 100),
  CONSTRAINT uq UNIQUE (name, born) ON CONFLICT FAIL
);
CREATE TABLE child (id INTEGER PRIMARY KEY,
  p INTEGER NOT NULL REFERENCES parent(id) ON DELETE CASCADE,
  q INTEGER REFERENCES parent ON DELETE SET NULL);
CREATE TABLE strict_one (id INTEGER PRIMARY KEY, p INT REFERENCES parent(id) ON DELETE RESTRICT)
  STRICT;
CREATE TABLE log (line TEXT);
CREATE INDEX ix_part ON parent (name DESC) WHERE born IS NOT NULL;
CREATE INDEX ix_expr ON parent (lower(name) COLLATE RTRIM, up);
CREATE TRIGGER tr AFTER UPDATE ON parent BEGIN
  INSERT INTO log VALUES (NEW.name || ': -- changed'); END;
CREATE TRIGGER other AFTER INSERT ON child BEGIN UPDATE parent SET up = up WHERE id = NEW.p; END;
CREATE VIEW v AS SELECT name, born FROM parent;
INSERT INTO parent (id, name, born, up) VALUES
  (1, 'a', '2020-01-02', NULL), (2, 'b', '1999-12-31', 1), (3, 'c', NULL, 2), (9, 'z', NULL, 1);
DELETE FROM parent WHERE id = 9;
INSERT INTO child VALUES (1, 1, 1), (2, 2, NULL), (3, 3, 2);
INSERT INTO strict_one VALUES (1, 1);
DELETE FROM log;
"""
TABLES = ("parent", "child", "strict_one", "log", "sqlite_sequence")


@pytest.fixture(params=[True, False], ids=["enforced", "not enforced"])
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[File]:
    """Give a database with everything in it that a rebuild could lose."""
    file = File(tmp_path / "app.db", request.param)
    file.execute(SCHEMA)
    yield file
    assert file.rows("PRAGMA integrity_check") == [("ok",)]
    assert file.rows("PRAGMA foreign_key_check") == []
    assert not [name for name in file.master() if name.startswith("_")]


def everything(file: File, *columns: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    wanted = ", ".join(columns) or "*"
    return {t: file.rows(f"SELECT {wanted if t == 'parent' else '*'} FROM {t}") for t in TABLES}


def widen() -> None:
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", type_=sa.String(99), nullable=False)


def test_a_rebuild_changes_one_column_and_nothing_else(file: File) -> None:
    before, rows = file.master(), everything(file)
    file.migrate(widen)
    after = file.master()
    old, new = "name VARCHAR(10) COLLATE NOCASE", "name VARCHAR(99) COLLATE NOCASE NOT NULL"
    expected = before.pop("parent").replace(old, new)
    assert after.pop("parent").replace('"parent"', "parent") == expected
    assert after == before
    assert everything(file) == rows
    assert file.rows("SELECT typeof(born) FROM parent WHERE id = 1") == [("text",)]


def test_numbering_goes_on_after_the_highest_key_ever(file: File) -> None:
    file.migrate(widen)
    file.execute("INSERT INTO parent (name) VALUES ('new')")
    assert file.rows("SELECT max(id) FROM parent") == [(10,)]


def test_triggers_and_views_still_work_after_a_rebuild(file: File) -> None:
    file.migrate(widen)
    file.execute("UPDATE parent SET name = 'x' WHERE id = 1")
    assert file.rows("SELECT line FROM log") == [("x: -- changed",)]
    assert file.rows("SELECT name FROM v WHERE born = '1999-12-31'") == [("b",)]


@pytest.mark.parametrize("type_", [sa.Date(), sa.Integer(), sa.Numeric(10, 2), sa.Text()])
def test_no_type_change_destroys_a_date(file: File, type_: sa.types.TypeEngine[object]) -> None:
    def script() -> None:
        op.alter_column("parent", "born", type_=type_)

    rows = everything(file)
    file.migrate(script)
    assert everything(file) == rows


def test_nulls_in_a_column_that_becomes_not_null_are_counted(file: File) -> None:
    before = file.master()

    def script() -> None:
        op.alter_column("parent", "born", nullable=False)

    with pytest.raises(InvalidOperation, match="1 row of parent would have no value in born"):
        file.migrate(script)
    assert file.master() == before


def test_a_rename_reaches_indexes_triggers_views_and_children(file: File) -> None:
    def script() -> None:
        op.alter_column("parent", "name", new_column_name="label", type_=sa.String(20))
        op.rename_table("parent", "person")

    file.migrate(script)
    master = file.master()
    for name in ("ix_part", "ix_expr", "tr", "v"):
        assert "label" in master[name], name
    assert 'REFERENCES "person"' in master["child"]
    file.execute("UPDATE person SET label = 'y' WHERE id = 1")
    assert file.rows("SELECT line FROM log") == [("y: -- changed",)]


def test_a_column_goes_with_its_keys_and_indexes(file: File) -> None:
    file.execute("DROP VIEW v")

    def script() -> None:
        op.drop_column("parent", "born")

    file.migrate(script)
    assert "born" not in file.master()["parent"]
    assert "uq" not in file.master()["parent"]
    assert "ix_part" not in file.master()
    assert "ix_expr" in file.master()


@pytest.mark.parametrize(("column", "what"), [("born", "View v"), ("name", "View v")])
def test_a_column_that_a_view_needs_is_not_dropped(file: File, column: str, what: str) -> None:
    before = file.master()

    def script() -> None:
        with op.batch_alter_table("parent") as batch:
            if column == "name":
                batch.drop_constraint("uq")
            batch.drop_column(column)

    with pytest.raises(InvalidOperation, match=what):
        file.migrate(script)
    assert file.master() == before


def test_a_column_that_a_trigger_needs_is_not_dropped(file: File) -> None:
    file.execute("DROP VIEW v")

    def script() -> None:
        op.drop_column("parent", "name")

    with pytest.raises(InvalidOperation, match="trigger of parent.*no such column: NEW.name"):
        file.migrate(script)


def test_a_column_that_nothing_else_names_is_dropped_natively(file: File) -> None:
    file.execute("ALTER TABLE child ADD COLUMN extra TEXT CHECK (extra <> '')")

    def script() -> None:
        op.drop_column("child", "extra")

    assert file.migrate(script) == ['ALTER TABLE child DROP COLUMN "extra"']


def test_a_broken_view_elsewhere_is_put_back_as_it_was(file: File) -> None:
    file.execute("CREATE VIEW broken AS SELECT * FROM nowhere")
    before = file.master()

    def script() -> None:
        op.alter_column("log", "line", new_column_name="text")
        op.rename_table("log", "journal")
        op.rename_table("journal", "log")
        op.alter_column("log", "text", new_column_name="line")

    file.migrate(script)
    assert file.master()["broken"] == before["broken"]


def add_nullable() -> None:
    op.add_column("child", sa.Column("a", sa.String(5), server_default="x", nullable=False))


def add_reference() -> None:
    op.add_column("child", sa.Column("a", sa.Integer, sa.ForeignKey("parent.id", name="fk_a")))


def add_now() -> None:
    op.add_column("child", sa.Column("a", sa.DateTime, server_default=sa.func.now()))


def add_unique() -> None:
    op.add_column("child", sa.Column("a", sa.Integer, unique=True))


def add_stored() -> None:
    op.add_column("child", sa.Column("a", sa.Integer, sa.Computed("id + 1", persisted=True)))


@pytest.mark.parametrize(
    ("script", "native"),
    [
        (add_nullable, True),
        (add_reference, True),
        (add_now, False),
        (add_unique, False),
        (add_stored, False),
    ],
)
def test_a_column_is_added_natively_where_sqlite_can(
    file: File, script: Callable[[], None], native: bool
) -> None:
    rows = file.rows("SELECT id, p, q FROM child")
    statements = file.migrate(script)
    assert (len(statements) == 1) is native
    assert file.rows("SELECT id, p, q FROM child") == rows
    assert ("a",) in file.rows("SELECT name FROM pragma_table_xinfo('child')")


def test_a_required_column_without_a_value_is_refused(file: File) -> None:
    def script() -> None:
        op.add_column("child", sa.Column("a", sa.Integer, nullable=False))

    with pytest.raises(InvalidOperation, match="3 rows of child would have no value in a"):
        file.migrate(script)


def test_a_batch_adds_unnamed_constraints(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("strict_one") as batch:
            batch.create_unique_constraint(None, ["p"])
            batch.create_foreign_key(None, "child", ["p"], ["id"], ondelete="CASCADE")
            batch.create_check_constraint("positive", "p > 0")

    file.migrate(script)
    text = file.master()["strict_one"]
    assert text.endswith("STRICT")
    assert "UNIQUE (p)" in text
    assert "FOREIGN KEY(p) REFERENCES child (id) ON DELETE CASCADE" in text
    assert "CONSTRAINT positive CHECK (p > 0)" in text
    assert file.rows("SELECT * FROM strict_one") == [(1, 1)]


def test_constraints_go_by_name_by_convention_and_by_kind(file: File) -> None:
    def script() -> None:
        op.drop_constraint("uq", "parent", type_="unique")
        convention = {"fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"}
        with op.batch_alter_table("child", naming_convention=convention) as batch:
            batch.drop_constraint("fk_child_q_parent", type_="foreignkey")

    file.migrate(script)
    assert "UNIQUE" not in file.master()["parent"]
    assert file.rows("SELECT \"from\" FROM pragma_foreign_key_list('child')") == [("p",)]


def test_convention_of_a_batch_names_what_has_no_name(file: File) -> None:
    """A later script drops by that name, and says no convention."""
    convention = {
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
    file.execute("CREATE TABLE e (a INT UNIQUE, b INT REFERENCES parent, c INT, UNIQUE (b, c))")

    def script() -> None:
        with op.batch_alter_table("e", naming_convention=convention) as batch:
            batch.alter_column("c", nullable=False, server_default="0")

    def later() -> None:
        with op.batch_alter_table("e") as batch:
            batch.drop_constraint("fk_e_b_parent", type_="foreignkey")
            batch.drop_constraint("uq_e_b", type_="unique")

    file.migrate(script)
    assert 'a INT CONSTRAINT "uq_e_a" UNIQUE' in file.master()["e"]
    file.migrate(later)
    assert "REFERENCES" not in file.master()["e"]
    assert file.master()["e"].count("UNIQUE") == 1


def test_name_stands_for_one_constraint(file: File) -> None:
    """Apache Airflow adds what its table has already, and drops it once."""
    file.execute(
        "CREATE TABLE e (a INT, b INT, CONSTRAINT e_uq UNIQUE (a), CONSTRAINT e_uq UNIQUE (a),"
        " CONSTRAINT e_fk FOREIGN KEY (b) REFERENCES parent)"
    )

    def script() -> None:
        with op.batch_alter_table("e") as batch:
            batch.create_unique_constraint("e_uq", ["a", "b"])
            batch.create_foreign_key("e_fk", "parent", ["a"], ["id"])

    file.migrate(script)
    assert file.master()["e"].count("CONSTRAINT e_uq UNIQUE (a, b)") == 1
    assert file.master()["e"].count("UNIQUE") == 1
    assert file.rows("SELECT \"from\" FROM pragma_foreign_key_list('e')") == [("a",)]


def test_name_of_several_constraints_drops_them_all(file: File) -> None:
    file.execute("CREATE TABLE e (a INT, CONSTRAINT q UNIQUE (a), CONSTRAINT q UNIQUE (a))")
    file.migrate(lambda: op.drop_constraint("q", "e", type_="unique"))
    assert "UNIQUE" not in file.master()["e"]


def test_an_unknown_constraint_is_named_with_its_neighbour(file: File) -> None:
    def script() -> None:
        op.drop_constraint("uqq", "parent", type_="unique")

    with pytest.raises(InvalidOperation, match="no unique .* 'uqq'.*Did you mean 'uq'"):
        file.migrate(script)


def test_a_table_without_rowid_stays_so(file: File) -> None:
    file.execute(
        "CREATE TABLE w (a TEXT PRIMARY KEY, b INT) WITHOUT ROWID; INSERT INTO w VALUES ('x', 1)"
    )

    def script() -> None:
        op.alter_column("w", "b", nullable=False, server_default="0")

    file.migrate(script)
    assert file.master()["w"].endswith("WITHOUT ROWID")
    assert "b INT NOT NULL DEFAULT '0'" in file.master()["w"]
    assert file.rows("SELECT * FROM w") == [("x", 1)]


def test_rows_keep_their_rowids(file: File) -> None:
    file.execute("INSERT INTO log (rowid, line) VALUES (7, 'seven'), (50, 'fifty')")

    def script() -> None:
        op.alter_column("log", "line", type_=sa.String(9))

    file.migrate(script)
    assert file.rows("SELECT rowid, line FROM log") == [(7, "seven"), (50, "fifty")]


def test_an_on_conflict_clause_that_would_drop_rows_stops_the_rebuild(file: File) -> None:
    file.execute("INSERT INTO log VALUES ('same'), ('same')")

    def script() -> None:
        with op.batch_alter_table("log") as batch:
            batch.create_unique_constraint("one", ["line"], sqlite_on_conflict="IGNORE")

    with pytest.raises(WouldLoseRows, match="keep 1 of 2 rows"):
        file.migrate(script)


def test_a_check_over_a_dropped_column_alone_goes_with_it(file: File) -> None:
    file.execute(
        "CREATE TABLE c (a INT, b INT, CHECK (b IN (0, 1)), CONSTRAINT both CHECK (a > b))"
    )

    def alone() -> None:
        op.drop_column("c", "b")

    def together() -> None:
        with op.batch_alter_table("c") as batch:
            batch.drop_column("b")
            batch.drop_constraint("both", type_="check")

    with pytest.raises(InvalidOperation, match="used in CONSTRAINT both"):
        file.migrate(alone)
    file.migrate(together)
    assert "CHECK" not in file.master()["c"]


def test_columns_are_put_where_the_script_wants_them(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("child", recreate="always") as batch:
            batch.add_column(sa.Column("first", sa.Integer), insert_before="id")
            batch.add_column(sa.Column("middle", sa.Integer), insert_after="p")
        with op.batch_alter_table(
            "log", recreate="always", table_kwargs={"sqlite_strict": True}
        ) as batch:
            batch.add_column(sa.Column("n", sa.Integer))

    file.migrate(script)
    names = file.rows("SELECT name FROM pragma_table_info('child')")
    assert [name for (name,) in names] == ["first", "id", "p", "middle", "q"]
    assert file.master()["log"].endswith("STRICT")


def test_a_batch_that_may_not_recreate_says_so(file: File) -> None:
    def script() -> None:
        with op.batch_alter_table("child", recreate="never") as batch:
            batch.alter_column("q", nullable=False)

    with pytest.raises(InvalidOperation, match="forbids"):
        file.migrate(script)


def test_a_left_over_table_of_alembic_is_not_in_the_way(file: File) -> None:
    file.execute("CREATE TABLE _alembic_tmp_parent (id INTEGER)")
    file.migrate(widen)
    file.execute("DROP TABLE _alembic_tmp_parent")
    assert "VARCHAR(99)" in file.master()["parent"]


def test_orphans_that_a_script_makes_stop_it_where_the_app_forbids_them(file: File) -> None:
    rows = everything(file)

    def script() -> None:
        op.execute("DELETE FROM parent WHERE id = 3")

    if file.enforced:
        with pytest.raises(WouldLoseRows, match=r"1 row would refer .* child \(to parent\)"):
            file.migrate(script)
        assert everything(file) == rows
    else:
        file.migrate(script)
        file.execute("DELETE FROM child WHERE p = 3")


@pytest.mark.parametrize("way", ["commit", "in a block", "before a block", "as text"])
def test_orphans_that_a_script_commits_by_itself_stop_it_too(tmp_path: Path, way: str) -> None:
    file = File(tmp_path / "app.db")
    file.execute(SCHEMA)
    before = file.rows("SELECT * FROM parent")

    def script() -> None:
        if way == "in a block":
            with op.get_context().autocommit_block():
                op.execute("DELETE FROM parent WHERE id = 3")
            return
        op.execute("DELETE FROM parent WHERE id = 3")
        if way == "commit":
            op.get_bind().commit()
        elif way == "as text":
            op.execute("COMMIT")
        else:
            with op.get_context().autocommit_block():
                op.execute("SELECT 1")

    with pytest.raises(WouldLoseRows, match=r"1 row would refer .* child \(to parent\)"):
        file.migrate(script)
    if way in ("commit", "before a block"):
        assert file.rows("SELECT * FROM parent") == before


def test_what_a_key_refers_to_stays_a_key(tmp_path: Path) -> None:
    file = File(tmp_path / "app.db")
    file.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, code TEXT UNIQUE)")
    file.execute("CREATE TABLE b (code TEXT REFERENCES a (code))")
    file.execute("INSERT INTO a VALUES (1, 'x')")

    def script() -> None:
        op.drop_column("a", "code")

    with pytest.raises(InvalidOperation, match="What a foreign key of b refers to would be no key"):
        file.migrate(script)
    assert file.rows("SELECT * FROM a") == [(1, "x")]


def test_orphans_that_were_there_before_do_not_stop_a_rebuild(tmp_path: Path) -> None:
    file = File(tmp_path / "app.db")
    file.execute(SCHEMA)
    File(file.path, enforced=False).execute("UPDATE child SET q = 77 WHERE id = 1")

    def script() -> None:
        widen()
        op.rename_table("child", "offspring")

    file.migrate(script)
    assert file.rows("SELECT q FROM offspring WHERE id = 1") == [(77,)]


def test_the_app_gets_its_connection_back_as_it_was(tmp_path: Path) -> None:
    file = File(tmp_path / "app.db")
    file.execute(SCHEMA)
    engine = sa.create_engine(f"sqlite:///{file.path}", poolclass=sa.pool.StaticPool)
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = ON")
        level = driver.isolation_level
    with engine.connect() as connection:
        dialect = dialects.for_connection(connection)
        dialect.prepare()
        assert driver.execute("PRAGMA foreign_keys").fetchone() == (0,)
        dialect.restore()
        assert driver.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert driver.isolation_level == level
    engine.dispose()


def test_a_foreign_key_to_nothing_unique_does_not_stop_other_tables(tmp_path: Path) -> None:
    file = File(tmp_path / "app.db")
    file.execute(SCHEMA)
    file.execute("CREATE TABLE wrong (a INTEGER REFERENCES log(line))")
    file.migrate(widen)
    assert "VARCHAR(99)" in file.master()["parent"]

    def script() -> None:
        op.execute("DELETE FROM parent WHERE id = 3")

    with pytest.raises(WouldLoseRows, match=r"child \(to parent\)"):
        file.migrate(script)
