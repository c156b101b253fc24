"""What an ``env.py`` asks of ``context``, and gives to ``context.configure()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project
from .test_old_folder import user
from .test_old_folder import write_env

TEMPLATE = '''"""${message}

By ${who}

Revision ID: ${up_revision}
Create Date: ${create_date}

"""
from alembic import op as ops
import sqlalchemy as sqla

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${ups or "pass"}


def downgrade():
    ${downs or "pass"}
'''
TOKENS = {
    "upgrade_token": "ups",
    "downgrade_token": "downs",
    "alembic_module_prefix": "ops.",
    "sqlalchemy_module_prefix": "sqla.",
    "template_args": {"who": "Ana"},
    "version_table_pk": False,
}


@pytest.mark.parametrize("place", ["env.py", "config"])
def test_a_template_gets_what_it_calls_by_other_names(
    place: str, database: Database, make_project: Callable[..., Project]
) -> None:
    config = {f"SCHEMAMIGRATE_{name.upper()}": value for name, value in TOKENS.items()}
    project = make_project(database, user, **(config if place == "config" else {}))
    project.ok("init")
    if place == "env.py":
        write_env(project, options="".join(f", {k}={v!r}" for k, v in TOKENS.items()))
    (project.folder / "script.py.mako").write_text(TEMPLATE, encoding="utf-8")
    project.ok("migrate", "-m", "user")
    (path,) = project.versions.glob("*_user.py")
    text = path.read_text(encoding="utf-8")
    assert "By Ana" in text
    assert 'ops.create_table(\n        "user",\n        sqla.Column("id"' in text
    assert 'ops.drop_table("user")' in text
    project.ok("upgrade")
    assert "No changes" in project.ok("check")
    with database.engine().connect() as connection:
        key = sa.inspect(connection).get_pk_constraint("alembic_version")
    assert key["constrained_columns"] == []


def test_what_is_asked_of_the_scripts(
    make_project: Callable[..., Project], tmp_path: Any, capfd: Any
) -> None:
    project = make_project(f"sqlite:///{tmp_path / 'app.db'}", user)
    project.ok("init")
    asked = (
        "script, out = context.script, open('said', 'a')\n"
        "names = [one.revision for one in script.walk_revisions()]\n"
        "first = script.get_revision('a1').doc if names else None\n"
        "print(names, first, script.get_bases(), script.get_heads(), file=out)\n"
        "print(context.get_head_revisions(), context.get_head_revision(), file=out)\n"
        "try:\n    print(context.get_revision_argument(), file=out)\n"
        "except KeyError:\n    pass\n"
        "out.close()\n"
    )
    write_env(project, top=asked.replace("'said'", repr(str(tmp_path / "said"))))
    project.ok("current")
    project.script("a1", None, "pass", message="one")
    project.script("b2", "a1", "pass", message="two")
    project.ok("upgrade")
    project.ok("downgrade")
    said = (tmp_path / "said").read_text().splitlines()
    assert said[:2] == ["[] None [] []", "None None"]
    assert said[2:5] == ["['b2', 'a1'] one ['a1'] ['b2']", "('b2',) b2", "b2"]
    assert said[-1] == "-1"


@pytest.mark.parametrize("transactional", [True, False, None])
@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_transactional_ddl_decides_on_begin_in_sql(
    transactional: bool | None, scheme: str, make_project: Callable[..., Project]
) -> None:
    url = {"postgresql": "postgresql+psycopg://u@h/d", "mysql": "mysql+pymysql://u@h/d"}[scheme]
    project = make_project(url, user, SCHEMAMIGRATE_TRANSACTIONAL_DDL=transactional)
    project.ok("init")
    project.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    usual = scheme == "postgresql"
    wanted = usual if transactional is None else transactional
    assert ("BEGIN;" in project.ok("upgrade", "--sql")) is wanted
