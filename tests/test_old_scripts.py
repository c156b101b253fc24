"""What scripts written for Alembic really do, and got away with: it works, and is recorded."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database

TOP = "from alembic import op\nimport sqlalchemy as sa\n\n"
TABLE = 'op.create_table("{}", sa.Column("id", sa.Integer, primary_key=True))'


@pytest.fixture
def project(database: Database, make_project: Any) -> Any:
    project = make_project(database)
    project.ok("init")
    return project


def write(project: Any, id_: str, parent: str | None, body: str, **more: Any) -> None:
    """Write a script; ``name`` is that of its file, ``top`` its imports, ``down`` its undoing."""
    down = more.get("down", "pass")
    project.versions.mkdir(exist_ok=True)
    path = project.versions / more.get("name", f"{id_}_script.py")
    path.write_text(
        f'{more.get("top", TOP)}revision = "{id_}"\ndown_revision = {parent!r}\n'
        f"depends_on = {more.get('depends_on')!r}\n\n"
        f"def upgrade():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n\n"
        f"def downgrade():\n{textwrap.indent(textwrap.dedent(down).strip(), '    ')}\n",
        encoding="utf-8",
    )


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine()).get_table_names())


def rows(database: Database, sql: str) -> list[Any]:
    with database.engine().connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


ENDINGS = {
    "connection": "op.get_bind().commit()",
    "statement": 'op.execute("COMMIT")',
    "text": 'op.get_bind().execute(sa.text("COMMIT"))',
    "session": """
        from sqlalchemy.orm import Session
        session = Session(bind=op.get_bind())
        session.execute(sa.text("INSERT INTO one (id) VALUES (7)"))
        session.commit()
    """,
    "maker": """
        from sqlalchemy.orm import sessionmaker
        with sessionmaker(bind=op.get_bind())() as session:
            session.execute(sa.text("INSERT INTO one (id) VALUES (7)"))
            session.commit()
    """,
    "autocommit": """
        with op.get_context().autocommit_block():
            op.execute("INSERT INTO one (id) VALUES (7)")
    """,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_script_that_commits(project, database, ending):
    body = f"{TABLE.format('one')}\n{textwrap.dedent(ENDINGS[ending]).strip()}\n"
    write(project, "a1", None, body + TABLE.format("two"), down='op.drop_table("two")')
    write(project, "b1", "a1", TABLE.format("three"))
    project.ok("upgrade")
    assert tables(database) >= {"one", "two", "three"}
    assert rows(database, "SELECT version_num FROM alembic_version") == [("b1",)]
    expected = [(7,)] if "7" in ENDINGS[ending] else []
    assert rows(database, "SELECT id FROM one") == expected


@pytest.mark.parametrize("ending", ["connection", "statement", "session"])
def test_a_script_that_fails_after_it_committed(project, database, ending):
    body = f"{TABLE.format('one')}\n{textwrap.dedent(ENDINGS[ending]).strip()}\n"
    write(project, "a0", None, TABLE.format("zero"))
    write(project, "a1", "a0", body + 'op.execute("SELECT nothing FROM nowhere")')
    result = project.run("upgrade")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert rows(database, "SELECT version_num FROM alembic_version") == [("a0",)]
    write(project, "a1", "a0", body + TABLE.format("two"))
    project.ok("upgrade")
    assert tables(database) >= {"one", "two"}
    assert rows(database, "SELECT version_num FROM alembic_version") == [("a1",)]


ROLLBACKS = {
    "connection": "op.get_bind().rollback()",
    "statement": 'op.execute("ROLLBACK")',
    "session": """
        from sqlalchemy.orm import Session
        session = Session(bind=op.get_bind())
        session.execute(sa.text("SELECT 1"))
        session.rollback()
    """,
}


@pytest.mark.parametrize("way", ROLLBACKS)
def test_a_script_that_rolls_back(project, database, way):
    undo = textwrap.dedent(ROLLBACKS[way]).strip()
    write(project, "a1", None, f"{undo}\n{TABLE.format('one')}")
    project.ok("upgrade")
    assert "one" in tables(database)
    write(project, "b1", "a1", f"{TABLE.format('two')}\n{undo}\n{TABLE.format('three')}")
    result = project.run("upgrade")
    version = rows(database, "SELECT version_num FROM alembic_version")
    if database.system == "mariadb":  # DDL has committed itself.
        assert (result.exit_code, version) == (0, [("b1",)])
        return
    assert result.exit_code == 1 and "rolled back its transaction" in result.output
    assert version == [("a1",)] and not tables(database) & {"two", "three"}


SECOND = """
    from flask import current_app
    engine = current_app.extensions["sqlalchemy"].engine
"""


def test_create_all_on_the_engine_of_the_app(project, database):
    write(project, "a0", None, TABLE.format("zero"))
    write(
        project,
        "a1",
        "a0",
        SECOND
        + """
    metadata = sa.MetaData()
    sa.Table("made", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.create_all(engine)
    op.bulk_insert(metadata.tables["made"], [{"id": 1}, {"id": 2}])
    """,
    )
    project.ok("upgrade")
    assert rows(database, "SELECT id FROM made ORDER BY id") == [(1,), (2,)]
    assert rows(database, "SELECT version_num FROM alembic_version") == [("a1",)]


def test_a_second_connection_that_reads_and_writes(project, database):
    write(project, "a0", None, TABLE.format("zero"))
    write(
        project,
        "a1",
        "a0",
        SECOND
        + """
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO zero (id) VALUES (3)"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM zero")).scalar() == 3
    op.create_table("one", sa.Column("id", sa.Integer, primary_key=True))
    """,
    )
    project.ok("upgrade")
    assert rows(database, "SELECT id FROM zero") == [(3,)]
    assert "one" in tables(database)


def test_columns_that_refer_to_their_own_table(project, database):
    """In a batch and outside of one; Open WebUI's groups do."""
    write(
        project,
        "a1",
        None,
        """
        op.create_table("tree", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column("tree", sa.Column("up", sa.Integer, sa.ForeignKey("tree.id", name="fk_up")))
        with op.batch_alter_table("tree") as batch:
            batch.add_column(
                sa.Column("top", sa.Integer, sa.ForeignKey("tree.id", name="fk_top"))
            )
        """,
    )
    project.ok("upgrade")
    inspector = sa.inspect(database.engine())
    keys = inspector.get_foreign_keys("tree")
    assert {key["constrained_columns"][0] for key in keys} == {"up", "top"}
    assert [column["name"] for column in inspector.get_columns("tree")] == ["id", "up", "top"]


def test_constraints_without_names(project, database):
    batch = database.system == "sqlite"
    directives = """
    {0}create_unique_constraint(None, {1}["mail"])
    {0}create_foreign_key(None, {2}"zero", ["zero_id"], ["id"])
    {0}create_check_constraint(None, {1}"mail <> ''")
    """
    names = ("batch_op.", "", "") if batch else ("op.", '"one", ', '"one", ')
    body = textwrap.dedent(directives).format(*names).strip()
    if batch:
        body = 'with op.batch_alter_table("one") as batch_op:\n' + textwrap.indent(body, "    ")
    columns = (
        'op.create_table("one", sa.Column("id", sa.Integer, primary_key=True), '
        'sa.Column("mail", sa.String(20)), sa.Column("zero_id", sa.Integer))\n'
    )
    write(project, "a1", None, f"{TABLE.format('zero')}\n{columns}{body}")
    project.ok("upgrade")
    inspector = sa.inspect(database.engine())
    assert [one["column_names"] for one in inspector.get_unique_constraints("one")] == [["mail"]]
    assert [one["referred_table"] for one in inspector.get_foreign_keys("one")] == ["zero"]
    assert len(inspector.get_check_constraints("one")) == 1


@pytest.mark.parametrize(
    "name",
    ["2020-01-02_what is.it.py", "1.2.3-a1.py", "class.py", "é_ü.py", "import.py", "sqlalchemy.py"],
)
def test_file_names_that_are_no_identifiers(project, database, name):
    write(project, "a1", None, TABLE.format("one"), name=name)
    project.ok("upgrade")
    assert "one" in tables(database)


def test_ids_that_two_scripts_have(project, database):
    write(project, "a1", None, TABLE.format("one"))
    write(project, "a1", None, TABLE.format("two"), name="other.py")
    result = project.run("upgrade")
    assert "a1" in result.output and "other.py" in result.output
    assert "Traceback" not in result.output


def test_depends_on_and_many_heads(project, database):
    write(project, "a1", None, TABLE.format("one"), down='op.drop_table("one")')
    needs = 'op.execute("INSERT INTO one (id) VALUES (1)")'
    write(project, "b1", None, needs, depends_on="a1", down='op.execute("DELETE FROM one")')
    write(project, "c1", "a1", TABLE.format("three"), depends_on=("b1",))
    assert project.run("upgrade").exit_code in (0, 1)
    project.ok("upgrade", "heads")
    assert rows(database, "SELECT id FROM one") == [(1,)]
    assert "three" in tables(database)
    write(project, "d1", "a1", TABLE.format("four"))
    project.ok("upgrade", "heads")
    assert "four" in tables(database)


def test_modules_beside_scripts(project, database):
    (project.versions.parent / "helpers_beside.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n\n"
        'def make(name):\n    op.create_table(name, sa.Column("id", sa.Integer))\n'
    )
    project.versions.mkdir(exist_ok=True)
    (project.versions / "within.py").write_text(
        "from alembic import op\ndef fill(name):\n"
        '    op.execute(f"INSERT INTO {name} (id) VALUES (5)")\n'
    )
    top = TOP + (
        "import os, sys\n"
        "sys.path[:0] = [os.path.dirname(__file__), os.path.dirname(os.path.dirname(__file__))]\n"
        "from helpers_beside import make\nfrom within import fill\n\n"
    )
    write(project, "a1", None, 'make("one")\nfill("one")', top=top)
    project.ok("upgrade")
    assert rows(database, "SELECT id FROM one") == [(5,)]


def test_directives_that_are_imported_by_name(project, database):
    top = (
        "from alembic.op import create_table, execute\nfrom alembic.op import *\n"
        "import alembic.op\nimport sqlalchemy as sa\n\n"
    )
    body = """
    create_table("one", sa.Column("id", sa.Integer))
    execute("INSERT INTO one (id) VALUES (1)")
    alembic.op.add_column("one", sa.Column("more", sa.Integer))
    """
    write(project, "a1", None, body, top=top)
    project.ok("upgrade")
    assert rows(database, "SELECT id, more FROM one") == [(1, None)]


def test_names_that_another_script_has_imported(sqlite_database, make_project, monkeypatch):
    """Alembic loads all scripts before it runs one, so what one imports the others have."""
    project = make_project(sqlite_database)
    project.ok("init")
    package = project.versions.parent / "the_app_of_scripts"
    (package / "db").mkdir(parents=True)
    for path in (package / "__init__.py", package / "db" / "__init__.py"):
        path.touch()
    (package / "db" / "kinds.py").write_text("import sqlalchemy as sa\nWord = sa.String(9)\n")
    monkeypatch.syspath_prepend(str(project.versions.parent))
    top = TOP + "import the_app_of_scripts\n\n"
    body = 'op.create_table("one", sa.Column("a", the_app_of_scripts.db.kinds.Word))'
    write(project, "a1", None, body, top=top)
    late = TOP + "KIND = sa.dialects.oracle.DATE()\n\n"
    write(project, "b1", "a1", 'op.add_column("one", sa.Column("b", KIND))', top=late)
    project.ok("upgrade")
    kinds = [str(c["type"]) for c in sa.inspect(sqlite_database.engine()).get_columns("one")]
    assert kinds == ["VARCHAR(9)", "DATE"]


def test_names_that_op_f_shortens(project, database):
    """SQLAlchemy puts a checksum into what is too long for the database, op.f() or not."""
    long = "_which_is_a_name_of_many_more_letters_than_databases_can_take"
    body = f"""
    op.create_table("one", sa.Column("id", sa.Integer), sa.Column("a", sa.Integer))
    op.create_index(op.f("ix_one{long}"), "one", ["id", "a"])
    with op.batch_alter_table("one") as batch:
        batch.create_index(batch.f("ix_two{long}"), ["a"])
        batch.create_unique_constraint(batch.f("uq_one{long}"), ["a", "id"])
    """
    down = f"""
    with op.batch_alter_table("one") as batch:
        batch.drop_constraint(batch.f("uq_one{long}"), type_="unique")
        batch.drop_index(batch.f("ix_two{long}"))
    op.drop_index(op.f("ix_one{long}"), "one")
    if op.get_context().dialect.name != "sqlite":
        op.create_check_constraint(op.f("ck_one{long}"), "one", "a > 0")
        op.drop_constraint(op.f("ck_one{long}"), "one", type_="check")
    """
    write(project, "a1", None, body, down=down)
    project.ok("upgrade")
    project.ok("downgrade")
    assert sa.inspect(database.engine()).get_indexes("one") == []


def test_constraints_that_a_table_has_twice(sqlite_database, make_project):
    """Aim's first script makes such tables; a model has each of them once."""

    def define(db):
        one = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table("one", db.metadata, one)
        to = sa.Column("one", sa.ForeignKey("one.id"))
        two = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text), to)
        sa.Table("two", db.metadata, *two, sa.UniqueConstraint("a"))

    project = make_project(sqlite_database, define)
    project.ok("init")
    key = 'sa.ForeignKeyConstraint(["one"], ["one.id"])'
    body = f"""
    {TABLE.format("one")}
    op.create_table("two", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text),
        sa.Column("one", sa.Integer), {key}, {key},
        sa.UniqueConstraint("a"), sa.UniqueConstraint("a"))
    """
    write(project, "a1", None, body)
    project.ok("upgrade")
    project.ok("check")


def test_parameters_are_written_with_sql(project):
    """Alembic writes NULL for those of a connection."""
    body = """
    one = sa.table("one", sa.column("id", sa.Integer), sa.column("a", sa.String))
    op.create_table("one", sa.Column("id", sa.Integer), sa.Column("a", sa.String(9)))
    op.get_bind().execute(sa.text("INSERT INTO one VALUES (:n, :a)"), {"n": 1, "a": "it's"})
    op.get_bind().execute(one.insert(), [{"id": 2, "a": "x"}, {"id": 3, "a": "y"}])
    old = one.update().where(one.c.id == sa.bindparam("old"))
    op.get_bind().execute(old, [{"old": 2, "a": "z"}, {"old": 3, "a": None}])
    op.get_bind().execute(old.values(a=sa.bindparam("new")), {"old": 1, "new": "n"})
    op.get_bind().execute(one.delete().where(one.c.a == sa.bindparam("gone")), {"gone": "it's"})
    """
    write(project, "a1", None, body)
    output = " ".join(project.ok("upgrade", "--sql").split())
    assert "VALUES (1, 'it''s');" in output
    assert "VALUES (2, 'x');" in output and "VALUES (3, 'y');" in output
    assert "UPDATE one SET a='z' WHERE one.id = 2;" in output
    assert "UPDATE one SET a=NULL WHERE one.id = 3;" in output
    assert "UPDATE one SET a='n' WHERE one.id = 1;" in output
    assert "DELETE FROM one WHERE one.a = 'it''s';" in output
    project.ok("upgrade")


def test_a_proxy_that_answers_only_while_a_script_runs(
    project: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow's ``db_types`` asks for the dialect when something is first looked for in a type."""
    (tmp_path / "lazy_types.py").write_text(
        "from alembic import context\nfrom werkzeug.local import LocalProxy\n"
        "KIND = LocalProxy(lambda: context.get_bind().dialect.name)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    body = TABLE.format("one") + "\nassert KIND == lazy_types.KIND == op.get_bind().dialect.name"
    top = TOP + "import lazy_types\nfrom lazy_types import KIND\n"
    write(project, "a1", None, body, top=top)
    project.ok("upgrade")
    assert project.ok("history").strip() == "<base> -> a1 (head),"  # No docstring, as Alembic.


@pytest.mark.parametrize("env", ["none", "stock", "changed"])
def test_configuration_of_the_environment(sqlite_database, make_project, env):
    """Scripts ask for it whether or not an ``env.py`` has to be run."""
    project = make_project(sqlite_database)
    project.ok("init", *([] if env == "none" else ["--eject"]))
    if env == "changed":
        path = project.folder / "env.py"
        text = 'context.config.set_main_option("sqlalchemy.url", "sqlite:///app.db")\n'
        path.write_text(f"from alembic import context\n{text}{path.read_text()}")
    body = """
    for found in (context.config, op.get_context().config):
        assert found.get_main_option("mine", "nothing") == "nothing"
        assert found.get_main_option("sqlalchemy.url").endswith("app.db")
    assert context.script.get_current_head() == op.get_context().script.get_current_head() == "a1"
    assert op.get_context().environment_context.config.attributes is not None
    """
    write(project, "a1", None, body, top=TOP + "from alembic import context\n\n")
    project.ok("upgrade")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "import alembic.util; alembic.util.rev_idd()",
            "'alembic.util' has no attribute 'rev_idd'",
        ),
        ("from alembic import context; context.is_offline()", "'alembic.context' has no attribute"),
        ("op.get_context().bindd", "has no attribute 'bindd'. Did you mean 'bind'?"),
        ("import alembic; alembic.opp", "'alembic' has no attribute 'opp'"),
        ("op.add_colum('x', 1)", "no operation 'add_colum'. Did you mean 'add_column'?"),
        ("from alembic.operations import opsx", "imports 'opsx' from alembic.operations"),
    ],
)
def test_names_that_there_are_not(sqlite_database, make_project, line, said):
    project = make_project(sqlite_database)
    project.ok("init")
    write(project, "a1", None, line)
    result = project.run("upgrade")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert said in result.output and "Did you mean" in result.output, result.output
    assert "a1_script.py:9" in result.output


def test_rows_with_expressions(project, database):
    body = """
    columns = (sa.Column('id', sa.Integer, primary_key=True), sa.Column('a%', sa.String(20)))
    t = op.create_table('t', *columns)
    op.bulk_insert(
        t,
        [
            {'id': 1, 'a%': op.inline_literal('hello')},
            {'id': 2, 'a%': sa.func.lower('X')},
            {'id': 3},
        ],
        multiinsert=False,
    )
    """
    project.script("a1", None, textwrap.dedent(body))
    project.ok("upgrade")
    with database.engine().connect() as connection:
        found = connection.execute(sa.text("SELECT * FROM t ORDER BY id")).all()
    assert found == [(1, "hello"), (2, "x"), (3, None)]


def test_what_a_rebuild_adds_is_there_on_every_database(project, database):
    table = "'t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer)"
    body = f"""
    op.create_table({table})
    args = (sa.CheckConstraint('a > 0', name='positive'), sa.UniqueConstraint('a', name='one'))
    with op.batch_alter_table('t', None, 'always', [('a', 'id')], table_args=args) as batch:
        batch.alter_column('a', existing_type=sa.Integer(), nullable=False)
    """
    project.script("a1", None, textwrap.dedent(body))
    project.ok("upgrade")
    inspector = sa.inspect(database.engine())
    assert "positive" in {c["name"] for c in inspector.get_check_constraints("t")}
    unique = {c["name"] for c in inspector.get_unique_constraints("t")}
    assert "one" in unique | {i["name"] for i in inspector.get_indexes("t")}


def test_listeners_of_a_reflection(sqlite_database, make_project):
    project = make_project(sqlite_database)
    project.ok("init")
    body = """
    columns = (sa.Column('a', sa.String(5)), sa.Column('b', sa.Text))
    op.create_table('t', sa.Column('id', sa.Integer), *columns)
    def hear(inspector, table, column):
        if column['name'] == 'a':
            column['type'] = sa.String(99)
    listeners = {'listeners': [('column_reflect', hear)]}
    with op.batch_alter_table('t', reflect_kwargs=listeners) as batch:
        batch.alter_column('b', nullable=False)
    """
    project.script("a1", None, textwrap.dedent(body))
    project.ok("upgrade")
    kinds = {
        c["name"]: str(c["type"]) for c in sa.inspect(sqlite_database.engine()).get_columns("t")
    }
    assert kinds == {"id": "INTEGER", "a": "VARCHAR(99)", "b": "TEXT"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("op.drop_index('ix', 't', postgresql_concurently=True)", "postgresql_concurently"),
        ("op.drop_index('ix', 't', concurrently=True)", "<dialectname>_<argument>"),
        ("op.drop_table('t', cascade=True)", "<dialectname>_<argument>"),
        ("with op.batch_alter_table('t', recrate='always') as b: pass", "recrate"),
    ],
)
def test_keywords_that_nothing_takes(sqlite_database, make_project, line, said):
    project = make_project(sqlite_database)
    project.ok("init")
    project.script("a1", None, line)
    result = project.run("upgrade")
    assert result.exit_code == 1 and "Error [R402]" in result.output
    assert said in result.output


def test_a_colon_that_makes_a_parameter(sqlite_database, make_project):
    project = make_project(sqlite_database)
    project.ok("init")
    project.script("a1", None, "op.execute(\"UPDATE t SET a = ' :b'\")")
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "A value is required for :b in this SQL." in result.output
    assert r"write \: for the colon" in result.output
    project.script("a1", None, r"""op.execute("CREATE TABLE t AS SELECT ' \\:b' AS a")""")
    project.ok("upgrade")
    assert rows(sqlite_database, "SELECT a FROM t") == [(" :b",)]


def test_an_exclusion_of_a_column_with_a_space(postgresql_database, make_project):
    project = make_project(postgresql_database)
    project.ok("init")
    body = """
    op.create_table('t', sa.Column('my col', sa.Integer))
    op.create_exclude_constraint('apart', 't', ('my col', '='), using='btree')
    """
    project.script("a1", None, textwrap.dedent(body))
    project.ok("upgrade")
    found = rows(postgresql_database, "SELECT conname FROM pg_constraint WHERE contype = 'x'")
    assert found == [("apart",)]


def test_autoincrement_of_a_change_is_for_mariadb_alone(postgresql_database, make_project):
    """Alembic's autogenerate writes it beside each new type of a key."""
    project = make_project(postgresql_database)
    project.ok("init")
    body = """
    op.execute('CREATE SEQUENCE own')
    op.execute("CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('own'))")
    op.alter_column(
        't', 'id', existing_type=sa.Integer(), type_=sa.BigInteger(), autoincrement=True
    )
    """
    project.script("a1", None, textwrap.dedent(body))
    project.ok("upgrade")
    (column,) = sa.inspect(postgresql_database.engine()).get_columns("t")
    assert (str(column["type"]), column["default"]) == ("BIGINT", "nextval('own'::regclass)")


def test_a_batch_begins_with_the_table_that_it_is_given(project: Any, database: Database) -> None:
    # CloudKitty's: the table becomes what copy_from says, then what the batch says.
    first = """
        op.create_table(
            "states",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(40), unique=True, nullable=False),
            sa.Column("state", sa.DateTime, nullable=False),
            sa.Column("gone", sa.Integer),
        )
        op.bulk_insert(
            sa.table("states", sa.column("id"), sa.column("name"), sa.column("state")),
            [{"id": 1, "name": "a", "state": sa.text("CURRENT_TIMESTAMP")}],
            multiinsert=False,
        )
    """
    second = """
        table = sa.Table(
            "states",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(256), nullable=False),
            sa.Column("state", sa.DateTime, nullable=False),
            sa.UniqueConstraint("name", "state", name="uq_states"),
        )
        with op.batch_alter_table("states", copy_from=table, recreate="always") as batch:
            batch.alter_column("state", new_column_name="seen", existing_type=sa.DateTime)
    """
    write(project, "a1", None, first)
    write(project, "a2", "a1", second)
    project.ok("upgrade", "a1")
    told = project.ok("upgrade")
    assert "destroys the values of states.gone" in told
    inspector = sa.inspect(database.engine())
    columns = {each["name"]: each for each in inspector.get_columns("states")}
    assert list(columns) == ["id", "name", "seen"]
    assert columns["name"]["type"].length == 256
    assert columns["seen"]["nullable"] is False
    unique = inspector.get_unique_constraints("states")
    assert [(each["name"], each["column_names"]) for each in unique] == [
        ("uq_states", ["name", "seen"])
    ]
    assert rows(database, "SELECT id, name FROM states") == [(1, "a")]


@pytest.mark.parametrize("ends", [True, False], ids=["at the end", "in between"])
def test_an_error_may_be_passed_over_in_an_autocommit_block(
    project: Any, database: Database, ends: bool
) -> None:
    # SkyPilot's: each column that is there already is an error, which the script expects.
    write(project, "a1", None, TABLE.format("one"))
    body = """
        with op.get_context().autocommit_block():
            op.add_column("one", sa.Column("a", sa.Integer))
            try:
                op.add_column("one", sa.Column("a", sa.Integer))
            except sa.exc.DBAPIError:
                pass
    """
    rest = """
            assert sa.inspect(op.get_bind()).has_table("one")
            op.execute("INSERT INTO one (id, a) VALUES (1, 2)")
    """
    write(project, "a2", "a1", body if ends else body.rstrip() + rest)
    write(project, "a3", "a2", 'op.execute("INSERT INTO one (id) VALUES (3)")')
    project.ok("upgrade")
    assert (3,) in rows(database, "SELECT id FROM one")
    assert len(rows(database, "SELECT a FROM one")) == 2 - ends
