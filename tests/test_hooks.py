"""What works on Alembic's operation objects is called with them, and is heard."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy

from flask_schemamigrate import errors
from flask_schemamigrate import functions

from .conftest import Database
from .conftest import Project

Make = Callable[..., Project]
HOOK = "SCHEMAMIGRATE_PROCESS_REVISION_DIRECTIVES"


def user(db: SQLAlchemy) -> None:
    db.Table("user", db.Column("id", db.Integer, primary_key=True), db.Column("name", db.String(9)))


def hooked(database: Database, make_project: Make, hook: Any, define: Any = user) -> Project:
    project = make_project(database, define, **{HOOK: hook})
    if not project.folder.exists():
        project.ok("init")
    return project


def text(project: Project) -> str:
    (path,) = project.versions.glob("*.py")
    return path.read_text("utf-8")


def test_hook_that_leaves_things_alone(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.append((context.dialect.name, revision, type(directives[0]).__name__))

    project = hooked(database, make_project, hook)
    project.ok("migrate", "-m", "user")
    assert "create_table" in text(project)
    assert "auto generated" not in text(project)
    ((_, revision, name),) = seen
    assert (revision, name) == ((), "MigrationScript")


def test_what_a_hook_alone_wants_is_told_everywhere(
    database: Database, make_project: Make, capsys: Any
) -> None:
    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        from flask_schemamigrate.compat.alembic.operations import ops

        directives[0].upgrade_ops.ops.append(ops.ExecuteSQLOp("SELECT 7"))

    make_project(database, user).ok("init")
    plain = make_project(database, user)
    plain.ok("migrate", "-m", "user")
    plain.ok("upgrade")
    project = hooked(database, make_project, hook)
    result = project.run("check", "--json")
    assert "Error [C501]: The models are ahead of the database by 1 change." in result.stderr
    assert json.loads(result.stdout)[0]["added"] == ["op.execute('SELECT 7')"]
    with project.app.app_context(), pytest.raises(errors.ChangesPending, match="SELECT 7"):
        functions.check()
    assert "No changes" not in capsys.readouterr().out
    assert "  ! op.execute('SELECT 7')\n" in project.run("migrate").stderr


def test_hook_that_wants_no_script(database: Database, make_project: Make) -> None:
    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        directives[:] = []

    project = hooked(database, make_project, hook)
    project.ok("migrate", "-m", "user")
    assert not list(project.versions.glob("*.py"))


def test_hook_that_adds_and_names(database: Database, make_project: Make) -> None:
    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        from alembic.operations import ops

        script = directives[0]
        script.rev_id = "0001"
        script.upgrade_ops.ops.append(ops.ExecuteSQLOp("INSERT INTO \"user\" VALUES (1, 'a')"))

    if database.system == "mariadb":
        database.engine().connect().close()
    project = hooked(database, make_project, hook)
    project.ok("migrate", "-m", "user")
    assert "op.execute(" in text(project)
    assert "revision = '0001'" in text(project).replace('"', "'")
    if database.system == "mariadb":
        return  # It has other quotes for names.
    project.ok("upgrade")
    with database.engine().connect() as connection:
        assert connection.execute(sa.text('SELECT name FROM "user"')).scalar() == "a"


def test_rewriter(database: Database, make_project: Make) -> None:
    from flask_schemamigrate.compat.alembic.autogenerate import rewriter
    from flask_schemamigrate.compat.alembic.operations import ops

    writer = rewriter.Rewriter()

    @writer.rewrites(ops.CreateTableOp)
    def stamped(context: Any, revision: Any, op: Any) -> Any:
        op.columns.append(sa.Column("stamp", sa.Integer()))
        return op

    project = hooked(database, make_project, writer)
    project.ok("migrate", "-m", "user")
    project.ok("upgrade")
    names = [column["name"] for column in sa.inspect(database.engine()).get_columns("user")]
    assert names == ["id", "name", "stamp"]


SCRIPT = '''
"""invoke

Revision ID: a1
"""
from alembic import op
from alembic.operations import ops
import sqlalchemy as sa

revision = "a1"
down_revision = None


def upgrade():
    op.invoke(ops.CreateTableOp("note", [sa.Column("id", sa.Integer, primary_key=True)]))
    op.invoke(ops.AddColumnOp("note", sa.Column("text", sa.String(20))))
    op.invoke(ops.CreateIndexOp("ix_text", "note", ["text"]))


def downgrade():
    op.invoke(ops.DropTableOp("note"))
'''


def test_objects_of_the_peers_are_carried_out(database: Database, make_project: Make) -> None:
    project = make_project(database)
    project.ok("init")
    project.versions.mkdir(exist_ok=True)
    (project.versions / "a1_invoke.py").write_text(SCRIPT)
    project.ok("upgrade")
    inspector = sa.inspect(database.engine())
    assert [column["name"] for column in inspector.get_columns("note")] == ["id", "text"]
    assert [index["name"] for index in inspector.get_indexes("note")] == ["ix_text"]
    project.ok("downgrade", "base")
    assert "note" not in sa.inspect(database.engine()).get_table_names()


def changed(db: SQLAlchemy) -> None:
    db.Table(
        "user",
        db.Column("id", db.Integer, primary_key=True),
        db.Column("name", db.String(20), index=True),
        db.Column("age", db.Integer),
    )


def second(database: Database, make_project: Make, **config: Any) -> str:
    """Return what migrate says for changed models, after the first ones were applied."""
    project = make_project(database, user)
    project.ok("init")
    project.ok("migrate", "-m", "user")
    project.ok("upgrade")
    project = make_project(database, changed, **config)
    return str(project.run("check").output)


def test_columns_and_indexes_that_are_left_out(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def include(object_: Any, name: Any, kind: str, reflected: bool, other: Any) -> bool:
        seen.append((name, kind, reflected, other is not None))
        return kind == "table" or name not in ("age", "ix_user_name")

    said = second(database, make_project, SCHEMAMIGRATE_INCLUDE_OBJECT=include)
    assert "age" not in said and "ix_user_name" not in said
    assert "name" in said
    assert ("age", "column", False, False) in seen
    assert ("name", "column", False, True) in seen


def test_types_that_are_the_same(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def compare(context: Any, found: Any, model: Any, found_type: Any, type_: Any) -> bool:
        seen.append((found.name, *(getattr(t, "length", None) for t in (found_type, type_))))
        return False

    said = second(database, make_project, SCHEMAMIGRATE_COMPARE_TYPE=compare)
    assert ("name", 9, 20) in seen
    assert "age" in said and "VARCHAR" not in said.upper().replace("IX_USER_NAME", "")


def test_callback_for_each_version(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def told(ctx: Any, step: Any, heads: set[str], run_args: dict[str, Any]) -> None:
        rows = ctx.connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        seen.append((step.is_upgrade, step.up_revision_id, sorted(heads), [row[0] for row in rows]))
        seen.append(step.up_revision.doc)

    project = make_project(database, user, SCHEMAMIGRATE_ON_VERSION_APPLY=told)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--rev-id", "a1")
    project.ok("upgrade")
    assert seen == [(True, "a1", ["a1"], ["a1"]), "user"]
    project.ok("downgrade", "base")
    assert seen[2:] == [(False, "a1", [], []), "user"]


def test_callback_for_a_stamp(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def told(step: Any, heads: set[str], **rest: Any) -> None:
        seen.append((step.is_stamp, step.is_upgrade, step.up_revision_ids, sorted(heads)))

    project = make_project(database, user, SCHEMAMIGRATE_ON_VERSION_APPLY=told)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--rev-id", "a1")
    project.ok("stamp", "head")
    project.ok("stamp", "head")  # Nothing comes or goes.
    project.ok("stamp", "--purge", "head")
    project.ok("stamp", "base")
    assert seen == [
        (True, True, ("a1",), ["a1"]),
        (True, True, ("a1",), ["a1"]),
        (True, False, ("a1",), []),
    ]


def test_callback_for_each_step_of_a_stamp(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def told(step: Any, heads: set[str], **rest: Any) -> None:
        seen.append((step.is_upgrade, step.up_revision_ids, step.down_revision_ids, sorted(heads)))

    project = make_project(database, user, SCHEMAMIGRATE_ON_VERSION_APPLY=told)
    project.ok("init")
    for id_, parent in (("a1", None), ("b1", "a1"), ("c1", "a1"), ("d1", "b1")):
        project.script(id_, parent, "pass")
    project.ok("stamp", "heads")
    project.ok("stamp", "a1")
    project.ok("stamp", "b1")
    assert seen == [  # What Alembic tells.
        (True, ("c1",), (), ["c1"]),
        (True, ("d1",), (), ["c1", "d1"]),
        (False, ("c1", "d1"), ("a1",), ["a1"]),
        (True, ("b1",), ("a1",), ["b1"]),
    ]


def test_the_message_is_told_and_heard(database: Database, make_project: Make) -> None:
    seen: list[Any] = []

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.append(directives[0].message)
        directives[0].message = "another name"

    project = hooked(database, make_project, hook)
    project.ok("migrate", "-m", "user")
    assert seen == ["user"]
    assert text(project).startswith('"""another name\n')


def test_several_scripts(database: Database, make_project: Make) -> None:
    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        from alembic.operations import ops

        def script(id_: str, up: list[Any], **header: Any) -> Any:
            return ops.MigrationScript(id_, ops.UpgradeOps(up), ops.DowngradeOps([]), **header)

        (first,) = directives
        assert (first.head, first.splice, first.branch_label) == ("head", False, "shop")
        first.rev_id = "a1"
        insert = ops.ExecuteSQLOp("UPDATE alembic_version SET version_num = version_num")
        more = script("b1", [insert], message="second", imports={"import decimal"})
        directives[1:] = [more, script("c1", [], head="a1", splice=True, branch_label="side")]

    project = hooked(database, make_project, hook)
    said = project.ok("migrate", "-m", "user", "--branch-label", "shop")
    paths = [Path(line) for line in said.splitlines()[-3:]]
    assert [path.stem.split("-")[1][:2] for path in paths] == ["a1", "b1", "c1"]
    scripts = {p.stem.split("-")[1][:2]: p.read_text("utf-8") for p in paths}
    assert "create_table" in scripts["a1"] and 'branch_labels = "shop"' in scripts["a1"]
    assert "op.execute(" in scripts["b1"] and "import decimal\n" in scripts["b1"]
    assert 'down_revision = "a1"' in scripts["b1"] and 'down_revision = "a1"' in scripts["c1"]
    assert scripts["b1"].startswith('"""second\n') and '"side"' in scripts["c1"]
    project.ok("upgrade", "heads")


@pytest.fixture
def registries() -> Iterator[Any]:
    """Give the registries for comparators and renderers, and empty them afterwards."""
    from flask_schemamigrate.compat.alembic import autogenerate

    compared = autogenerate.comparators._registry
    rendered = autogenerate.renderers._registry
    before = {key: list(value) for key, value in compared.items()}, dict(rendered)
    yield autogenerate
    for registry, kept in zip((compared, rendered), before, strict=True):
        registry.clear()
        registry.update(kept)


class Greet:
    """An operation of a library."""

    def __init__(self, name: str) -> None:
        self.name = name

    def reverse(self) -> Greet:
        return Greet(f"no {self.name}")

    def to_diff_tuple(self) -> tuple[str, str]:
        return ("greet", self.name)


def test_comparators_of_others_add(database: Database, make_project: Make, registries: Any) -> None:
    from flask_schemamigrate.compat.alembic.util import DispatchPriority

    @registries.comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
    def compare(context: Any, upgrade_ops: Any, schemas: Any) -> None:
        assert context.connection is not None and schemas
        upgrade_ops.ops.insert(0, Greet("before"))
        upgrade_ops.ops.append(Greet("after"))

    @registries.renderers.dispatch_for(Greet)
    def render(context: Any, operation: Greet) -> list[str]:
        context.imports.add("import greetings")
        return [f"greetings.say({operation.name!r})"]

    project = make_project(database, user)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--no-verify")  # There is no such module.
    script = text(project)
    up, down = script.split("def downgrade")
    places = [up.index(word) for word in ("say('before')", "op.create_table(", "say('after')")]
    assert places == sorted(places) and "import greetings\n" in up
    assert "auto generated" not in script  # The rest is what we write.
    places = [down.index(w) for w in ("say('no after')", "op.drop_table(", "say('no before')")]
    assert places == sorted(places)


PLUGIN = """
def setup(plugin):
    plugin.add_autogenerate_comparator(compare, "schema")

def compare(context, upgrade_ops, schemas):
    import sqlalchemy as sa
    from alembic.operations import ops
    upgrade_ops.ops.append(ops.CreateTableOp("seven", [sa.Column("n", sa.Integer)]))
"""


@pytest.mark.parametrize("named", [True, False])
def test_a_plugin_that_a_package_declares(
    sqlite_database: Database,
    make_project: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    registries: Any,
    named: bool,
) -> None:
    from flask_schemamigrate.compat.alembic.runtime import plugins

    info = tmp_path / "site" / "seven-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: seven\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[alembic.plugins]\nacme.seven = acme_seven\n")
    (tmp_path / "site" / "acme_seven.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path / "site")
    plugins._declared.cache_clear()  # Another test may have looked before it was installed.
    chosen = {"SCHEMAMIGRATE_AUTOGENERATE_PLUGINS": ["alembic.autogenerate.*", "acme.*"]}
    project = make_project(sqlite_database, user, **(chosen if named else {}))
    project.ok("init")
    try:
        project.ok("migrate", "-m", "user", "--no-verify")
        assert ("seven" in text(project)) is named
    finally:
        plugins._all_plugins.pop("acme.seven", None)
        plugins._declared.cache_clear()


def test_comparators_of_others_alone(
    database: Database, make_project: Make, registries: Any
) -> None:
    project = make_project(database, user)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--rev-id", "a1")
    project.ok("upgrade")
    assert "No changes" in project.ok("check")

    @registries.comparators.dispatch_for("table")
    def compare(context: Any, changes: Any, schema: Any, name: Any, found: Any, _: Any) -> None:
        if name == "user" and found is not None:
            changes.ops.append(Greet("seven"))

    @registries.renderers.dispatch_for(Greet)
    def render(context: Any, operation: Greet) -> str:
        return f"op.execute('SELECT 7')  # {operation.name}"

    assert project.run("check").exit_code == 1
    project.ok("migrate", "-m", "seven", "--rev-id", "b1")
    (path,) = project.versions.glob("*b1*.py")
    assert path.read_text("utf-8").count("SELECT 7") == 2
    project.ok("upgrade")


def test_renderers_of_others(database: Database, make_project: Make, registries: Any) -> None:
    from flask_schemamigrate.compat.alembic.operations import ops

    @registries.renderers.dispatch_for(ops.CreateTableOp, replace=True)
    def render(context: Any, operation: Any) -> str:
        context.imports.add("from decimal import Decimal")
        return f"op.execute('SELECT 1')  # {operation.table_name}, {len(operation.columns)}"

    project = make_project(database, user)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--no-verify")  # It makes no table.
    assert "op.execute('SELECT 1')  # user, 3\n" in text(project)
    assert "from decimal import Decimal\n" in text(project)


class Point(sa.types.UserDefinedType[str]):
    """A type of the app."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "VARCHAR(7)"


def pointed(db: SQLAlchemy) -> None:
    db.Table("spot", db.Column("id", db.Integer, primary_key=True), db.Column("at", Point()))


def test_types_as_the_user_writes_them(database: Database, make_project: Make) -> None:
    def render(kind: str, object_: Any, context: Any) -> Any:
        if kind == "type" and isinstance(object_, Point):
            context.imports.add("from tests import test_hooks")
            return "test_hooks.Point()"
        return False

    project = make_project(database, pointed, SCHEMAMIGRATE_RENDER_ITEM=render)
    project.ok("init")
    project.ok("migrate", "-m", "spot")
    script = text(project)
    assert 'sa.Column("at", test_hooks.Point()' in script
    assert "from tests import test_hooks\n" in script
    project.ok("upgrade")
    assert "No changes" in project.ok("check")


def test_a_type_that_is_no_expression(database: Database, make_project: Make) -> None:
    config = {"SCHEMAMIGRATE_RENDER_ITEM": lambda kind, object_, context: "not an expression"}
    project = make_project(database, user, **config)
    project.ok("init")
    result = project.run("migrate", "-m", "user")
    assert result.exit_code == 1 and "[S106]" in result.output, result.output


def test_checks_that_are_left_out(database: Database, make_project: Make) -> None:
    def checked(db: SQLAlchemy) -> None:
        db.Table(
            "user",
            db.Column("id", db.Integer, primary_key=True),
            db.Column("age", db.Integer),
            db.CheckConstraint("age > 5", name="ck_wanted"),
            db.CheckConstraint("age > 6", name="ck_other"),
        )

    def plain(db: SQLAlchemy) -> None:
        db.Table(
            "user", db.Column("id", db.Integer, primary_key=True), db.Column("age", db.Integer)
        )

    seen: list[Any] = []

    def include(object_: Any, name: Any, kind: str, reflected: bool, other: Any) -> bool:
        if kind == "check_constraint":
            seen.append((type(object_).__name__, name, reflected))
        return name != "ck_other"

    project = make_project(database, plain)
    project.ok("init")
    project.ok("migrate", "-m", "user")
    project.ok("upgrade")
    project = make_project(database, checked, SCHEMAMIGRATE_INCLUDE_OBJECT=include)
    said = project.run("check").output
    assert "ck_wanted" in said and "ck_other" not in said
    assert sorted(seen)[0] == ("CheckConstraint", "ck_other", False)
    project.ok("migrate", "-m", "checks")
    project.ok("upgrade")
    seen.clear()
    project = make_project(database, plain, SCHEMAMIGRATE_INCLUDE_OBJECT=include)
    assert "ck_wanted" in project.run("check").output
    assert ("CheckConstraint", "ck_wanted", True) in seen


def test_render_item_is_asked_about_every_part_of_a_table(
    database: Database, make_project: Make
) -> None:
    asked: set[str] = set()

    def render(kind: str, item: Any, context: Any) -> Any:
        asked.add(kind)
        if kind == "column" and item.name == "kind":
            context.imports.add("import decimal")
            return "sa.Column('kind', sa.String(7))"
        if kind == "server_default":
            return "sa.text('0')"
        if kind == "unique":
            return None
        return False

    def define(db: SQLAlchemy) -> None:
        db.Table("p", db.Column("id", db.Integer, primary_key=True))
        db.Table(
            "t",
            db.Column("id", db.Integer, primary_key=True),
            db.Column("kind", db.String(3)),
            db.Column("n", db.Integer, server_default="5"),
            db.Column("p_id", db.Integer, sa.ForeignKey("p.id")),
            sa.CheckConstraint("n > -1", name="ck"),
            sa.UniqueConstraint("n", name="uq"),
        )

    project = make_project(database, define, SCHEMAMIGRATE_RENDER_ITEM=render)
    project.ok("init")
    project.ok("migrate", "-m", "t", "--no-verify")
    kinds = {"type", "column", "server_default", "primary_key", "foreign_key", "unique", "check"}
    assert asked >= kinds
    assert "sa.Column('kind', sa.String(7))" in text(project)
    assert "import decimal\n" in text(project)
    assert "sa.text('0')" in text(project)
    assert "UniqueConstraint" not in text(project)
    project.ok("upgrade")


def test_plugins_that_are_left_out(database: Database, make_project: Make) -> None:
    project = make_project(database, user)
    project.ok("init")
    project.ok("migrate", "-m", "user", "--rev-id", "a1")
    project.ok("upgrade")

    def changed(db: SQLAlchemy) -> None:
        db.Table(
            "user",
            db.Column("id", db.Integer, primary_key=True),
            db.Column("name", db.String(20), index=True, nullable=False, server_default="x"),
            db.Column("new", db.Integer),
            comment="of users",
        )

    left = ["alembic.autogenerate.tables"]
    told = {"SCHEMAMIGRATE_AUTOGENERATE_PLUGINS": ["alembic.autogenerate.*", "~alembic.*.types"]}
    for options, expected in (
        ({"SCHEMAMIGRATE_AUTOGENERATE_PLUGINS": left}, 1),
        (told, None),
    ):
        site = make_project(database, changed, **options)
        result = site.run("check", "--json")
        plans = json.loads(result.stdout)[0]["operations"]
        said = json.dumps(plans)
        assert "new" in said and "20" not in said, said
        assert expected is None or len(plans) == expected, said
