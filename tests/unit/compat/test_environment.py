"""``context`` while an env.py runs."""

from __future__ import annotations

from argparse import Namespace

import pytest
import sqlalchemy as sa

from flask_schemamigrate import context
from flask_schemamigrate.compat.alembic.config import Config
from flask_schemamigrate.compat.alembic.runtime.environment import EnvironmentContext
from flask_schemamigrate.errors import NoContext


def environment(**options: object) -> EnvironmentContext:
    return EnvironmentContext(Config(cmd_opts=Namespace(x=["a=1", "b"])), None, **options)


def test_functions_answer_for_the_innermost_environment():
    with environment(as_sql=True, tag="t") as outer:
        assert context.is_offline_mode()
        assert not context.requires_connection()
        assert context.get_tag_argument() == "t"
        assert context.config is outer.config
        assert context.get_x_argument() == ["a=1", "b"]
        assert context.get_x_argument(as_dictionary=True) == {"a": "1", "b": ""}
        with environment():
            assert not context.is_offline_mode()
        assert context.is_offline_mode()
    with pytest.raises(NoContext, match=r"context\.configure\(\) can only be used"):
        context.configure()
    with pytest.raises(AttributeError):
        context.config  # noqa: B018


def test_a_runner_gets_what_was_configured():
    told = []

    def runner(environment, arguments):
        told.append((environment.target["connection"], environment.context_opts["more"], arguments))

    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, environment(runner=runner):
        context.configure(connection=connection, more=1)
        with context.begin_transaction():
            context.execute("CREATE TABLE t (a INTEGER)")
            context.run_migrations(engine_name="x")
        assert told == [(connection, 1, {"engine_name": "x"})]
        assert not connection.in_transaction()
        connection.rollback()
        assert sa.inspect(connection).has_table("t")


def test_options_that_are_not_given_leave_the_commands():
    with environment(starting_rev="a", template_args={"x": 1}) as made:
        made.configure(url="postgresql://", template_args={"y": 2}, on_version_apply=print)
        assert made.context_opts["starting_rev"] == "a"
        assert made.context_opts["template_args"] == {"x": 1, "y": 2}
        assert made.context_opts["on_version_apply"] == (print,)
        assert made.context_opts["compare_type"] is True
        assert made.get_context().dialect.name == "postgresql"
        made.configure(dialect_name="sqlite", compare_type=False, starting_rev="b")
        assert made.context_opts["starting_rev"] == "b"
        assert made.context_opts["compare_type"] is False
        assert made.get_context().dialect.name == "sqlite"
