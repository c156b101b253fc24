"""``migrate check``: from models to scripts and back to equality."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa


def shop(db):
    class User(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)
        name = db.mapped_column(sa.String(40))

    class Post(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)
        user_id = db.mapped_column(sa.ForeignKey("user.id"), index=True)


def shop_renamed(db):
    class User(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)
        full_name = db.mapped_column(sa.String(40))

    class Post(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)
        user_id = db.mapped_column(sa.ForeignKey("user.id"), index=True)


def half_a_shop(db):
    class Other(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)


def begun(database, make_project, define=shop):
    project = make_project(database, define)
    project.ok("init")
    return project


def scripts(project):
    return sorted(path.name for path in project.versions.glob("*.py"))


def test_models_become_a_script_that_makes_them(database, make_project):
    project = begun(database, make_project)
    result = project.run("migrate")
    assert result.exit_code == 0
    assert result.stdout.endswith("_create_user_and_post.py\n")
    assert "+ Create table user" in result.stderr
    project.ok("upgrade")
    assert "No changes" in project.ok("check")
    project.ok("downgrade")
    left = sorted(sa.inspect(database.engine()).get_table_names())
    assert left == ["alembic_version", "schemamigrate_log"]


def test_no_changes_writes_nothing_and_says_why(database, make_project):
    project = begun(database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    before = scripts(project)
    result = project.run("migrate", "-m", "nothing")
    assert (result.exit_code, result.stdout) == (0, "")
    name = "app.db" if database.system == "sqlite" else database.url.database
    assert result.stderr.startswith(f"No changes: 2 tables of {name} (")
    assert result.stderr.endswith(") equal the 2 models (post, user).\n")
    assert scripts(project) == before


def test_check_lists_what_differs(database, make_project):
    project = begun(database, make_project)
    result = project.run("check")
    assert result.exit_code == 1
    assert "  + Create table user\n" in result.stdout
    assert "Error [C501]: The models are ahead of the database by 2 changes." in result.stderr
    found = json.loads(project.run("check", "--json").stdout)
    assert [op["kind"] for op in found[0]["operations"]] == ["create_table", "create_table"]
    assert scripts(project) == []
    assert sa.inspect(database.engine()).get_table_names() == []


def test_rename_by_flag_keeps_the_values(database, make_project):
    project = begun(database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        user = sa.Table("user", sa.MetaData(), autoload_with=connection)
        connection.execute(user.insert().values(id=1, name="Ana"))
    project = make_project(database, shop_renamed)
    project.ok("migrate", "--rename", "user.name:full_name")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        user = sa.Table("user", sa.MetaData(), autoload_with=connection)
        assert connection.execute(sa.select(user.c.full_name)).scalar() == "Ana"
    assert "No changes" in project.ok("check")


def test_without_terminal_a_possible_rename_is_named(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    project = make_project(sqlite_database, shop_renamed)
    result = project.run("migrate")
    assert result.exit_code == 0
    assert "flask db migrate --rename user.name:full_name" in result.stderr
    assert "Loses the values of user.name: 0 of 0 rows have one." in result.stderr


def test_wrong_rename_is_an_error(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    result = make_project(sqlite_database, shop_renamed).run("migrate", "--rename", "user.nam:full")
    assert result.exit_code == 1
    assert "Error [S106]" in result.stderr


def test_dropping_most_tables_has_to_be_confirmed(sqlite_database, make_project, tmp_path):
    project = begun(sqlite_database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    (tmp_path / "blog.py").write_text("class Post(db.Model):\n    pass\n")
    project = make_project(sqlite_database, half_a_shop)
    result = project.run("migrate")
    assert result.exit_code == 1
    assert "Error [C502]: The script would drop 2 of the 2 tables" in result.stderr
    assert "blog.py:1" in result.stderr
    assert len(scripts(project)) == 1
    project.ok("migrate", "--allow-drop")
    assert len(scripts(project)) == 2


def test_no_models_names_the_files(sqlite_database, make_project, tmp_path):
    project = begun(sqlite_database, make_project, lambda db: None)
    (tmp_path / "models.py").write_text("import x\n\n\nclass User(db.Model):\n    pass\n")
    for command in ("migrate", "check"):
        result = project.run(command)
        assert result.exit_code == 1
        assert "Error [S102]: The app has no models" in result.stderr
        assert "models.py:4" in result.stderr


def test_database_behind(database, make_project):
    project = begun(database, make_project)
    project.script("aaaa1111", None, "pass", message="add user email")
    project.script("bbbb1111", "aaaa1111", "pass", message="add post")
    result = project.run("migrate")
    assert result.exit_code == 1
    assert "is 2 revisions behind:\n  aaaa1111  add user email\n  bbbb1111  add post\n" in (
        result.stderr
    )
    assert result.stderr.endswith(
        "  Apply them and go on: flask db migrate --upgrade\n"
        "  Or apply them alone: flask db upgrade\n"
    )


def test_database_made_by_create_all(database, make_project, tmp_path):
    project = begun(database, make_project)
    project.script("aaaa1111", None, "pass")
    with project.app.app_context():
        project.db.create_all()
    (tmp_path / "start.py").write_text("\n\ndb.create_all()\n")
    result = project.run("migrate")
    assert result.exit_code == 1
    assert "Error [D303]" in result.stderr
    assert "has no recorded revision, and yet it has tables of the models: post, user." in (
        result.stderr
    )
    assert "start.py:3" in result.stderr
    assert "flask db baseline" in result.stderr


def test_no_revision_yet_and_create_all(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    with project.app.app_context():
        project.db.create_all()
    result = project.run("migrate")
    assert result.exit_code == 0
    assert "there is no revision yet" in result.stderr


def test_two_heads_have_their_own_text(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    project.script("aaaa1111", None, "pass")
    project.script("bbbb1111", "aaaa1111", "pass")
    project.script("bbbb2222", "aaaa1111", "pass")
    project.ok("upgrade", "heads")
    result = project.run("migrate")
    assert result.exit_code == 1
    assert "Error [H212]: The history has 2 heads: bbbb1111, bbbb2222." in result.stderr
    assert "flask db merge heads" in result.stderr
    project.ok("migrate", "--head", "bbbb1111")


def test_message_and_id_are_taken(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    told = json.loads(project.run("migrate", "-m", "First", "--rev-id", "r1", "--json").stdout)
    assert told["revision"] == "r1"
    assert told["message"] == "First"
    assert told["path"].endswith("-r1_first.py")
    project.ok("upgrade", "r1")


def test_revision_autogenerate_is_migrate(sqlite_database, make_project):
    project = begun(sqlite_database, make_project)
    project.ok("revision", "--autogenerate", "-m", "first")
    project.ok("upgrade")
    assert "No changes" in project.ok("check")


def test_every_bind_is_migrated(sqlite_database, make_project, tmp_path):
    def define(db):
        shop(db)
        db.Table("login", sa.Column("id", sa.Integer, primary_key=True), bind_key="users")

    users = f"sqlite:///{tmp_path}/users.db"
    project = make_project(sqlite_database, define, SQLALCHEMY_BINDS={"users": users})
    project.ok("init", "--multidb")
    path = project.run("migrate").stdout.strip()
    text = Path(path).read_text(encoding="utf-8")
    for name in ("upgrade_", "downgrade_", "upgrade_users", "downgrade_users"):
        assert f"def {name}():" in text
    project.ok("upgrade")
    engine = sa.create_engine(users)
    assert sa.inspect(engine).get_table_names() == ["alembic_version", "login", "schemamigrate_log"]
    engine.dispose()
    assert "login" not in sa.inspect(sqlite_database.engine()).get_table_names()

    revision = json.loads(project.run("history", "--json").stdout)[0]["revision"]
    lines = project.run("current").stdout.splitlines()
    assert lines[0].startswith("[default] ")
    assert lines[2] == f"[users] {users}"
    assert lines[1] == lines[3] == f"{revision} (head)"
    assert "No changes" in project.ok("check")
    sql = project.run("upgrade", "--sql").stdout
    assert "-- Database default: " in sql
    assert "-- Database users: " in sql
    project.ok("downgrade", "--bind", "users")
    assert project.run("current", "--bind", "users").stdout == ""
    assert project.run("current", "--bind", "default").stdout == f"{revision} (head)\n"
    project.ok("upgrade")
    project.ok("downgrade", "base")


def test_tables_of_others_are_left_alone(database, make_project):
    project = begun(database, make_project)
    project.ok("migrate")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        for name in ("celery_task", "spatial", "legacy"):
            sa.Table(name, sa.MetaData(), sa.Column("id", sa.Integer)).create(connection)

    def include_object(table, name, kind, reflected, compare_to):
        assert (kind, reflected, compare_to) != ("table", False, None)
        return name != "spatial"

    def include_name(name, kind, parents):
        return name != "legacy"

    project = make_project(
        database,
        shop,
        SCHEMAMIGRATE_IGNORE=["celery_*"],
        SCHEMAMIGRATE_INCLUDE_OBJECT=include_object,
        SCHEMAMIGRATE_INCLUDE_NAME=include_name,
    )
    assert "No changes" in project.ok("check")
