"""``--sql`` for SQL Server and Oracle writes what Alembic writes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import make_url

from flask_schemamigrate import api
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings

URLS = {
    "mssql": "mssql+pyodbc://user:secret@host/shop",
    "oracle": "oracle+oracledb://u:p@host/shop",
}
ENV = """
from alembic import context
context.configure(url={url!r}, literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
SCRIPT = """
from alembic import op
import datetime, decimal
import sqlalchemy as sa

revision = "a1"
down_revision = None


def upgrade():
    one = op.create_table(
        "one",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, server_default="it's"),
        sa.Column("price", sa.Numeric(10, 2), server_default=sa.text("0")),
        sa.Column("at", sa.DateTime, comment="when"),
        sa.Column("is_new", sa.Boolean(create_constraint=True, name="ck_new"), nullable=False),
        sa.Column("kind", sa.Enum("a", "b", name="kind")),
        sa.Column("long", sa.Text),
        sa.Column("data", sa.LargeBinary),
        sa.Column("big", sa.BigInteger, sa.Identity(start=5, increment=2)),
        sa.UniqueConstraint("name", name="uq_name"),
        sa.CheckConstraint("price >= 0", name="ck_price"),
    )
    op.create_table(
        "two",
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.Integer, nullable=False),
        sa.Column("one_id", sa.Integer, sa.ForeignKey("one.id", name="fk_one", ondelete="CASCADE")),
        sa.PrimaryKeyConstraint("a", "b", name="pk_two"),
        schema="app",
        comment="second",
    )
    op.bulk_insert(one, [
        {"id": 1, "name": "x", "price": decimal.Decimal("1.50"), "is_new": True, "kind": "a"},
        {"id": 2, "name": "it's", "price": decimal.Decimal("2"), "is_new": False, "kind": "b"},
    ])
    op.bulk_insert(one, [{"id": 3, "name": op.inline_literal("y")}], multiinsert=False)
    op.add_column("one", sa.Column("c1", sa.Integer))
    op.add_column("one", sa.Column("c2", sa.String(10), nullable=False, server_default="q"))
    op.add_column("two", sa.Column("c3", sa.Date, index=True), schema="app")
    op.add_column("one", sa.Column("c4", sa.Integer, sa.ForeignKey("one.id")))
    op.add_column("one", sa.Column("c5", sa.Integer, sa.Computed("c1 * 2")))
    op.add_column("one", sa.Column("c6", sa.Integer, unique=True, comment="six"))
    op.alter_column("one", "name", existing_type=sa.String(40), type_=sa.String(80),
        existing_nullable=False)
    op.alter_column("one", "name", existing_type=sa.String(80), nullable=True)
    op.alter_column("one", "c1", existing_type=sa.Integer, nullable=False)
    op.alter_column("one", "c1", server_default="7", existing_type=sa.Integer)
    op.alter_column("one", "price", server_default=None, existing_type=sa.Numeric(10, 2)MSSQL)
    op.alter_column("one", "price", server_default=sa.text("1"), existing_type=sa.Numeric(10, 2),
        existing_server_default=sa.text("0")MSSQL)
    op.alter_column("one", "c1", new_column_name="c_1", existing_type=sa.Integer)
    op.alter_column("two", "c3", new_column_name="order", schema="app", existing_type=sa.Date)
    op.alter_column("one", "c2", type_=sa.Text, nullable=True, new_column_name="c two",
        existing_type=sa.String(10), existing_nullable=False)
    op.create_index("ix_name", "one", ["name"])
    op.create_index("ix_both", "one", ["name", sa.text("price DESC")], unique=True)
    op.create_index("ix_order", "two", ["order"], schema="app", unique=True)
    op.create_index("ix_ms", "one", ["c_1"], mssql_include=["price"], mssql_clustered=False,
        oracle_compress=True)
    op.drop_index("ix_name", table_name="one")
    op.drop_index("ix_order", table_name="two", schema="app")
    op.create_unique_constraint("uq_c", "one", ["c_1", "price"])
    op.create_check_constraint("ck_c", "one", "c_1 > 0")
    op.create_check_constraint("ck_d", "one", sa.column("c_1") < 100)
    op.create_foreign_key("fk_two", "two", "one", ["a"], ["id"], source_schema="app",
        onupdate="CASCADE" if False else None, ondelete="SET NULL")
    op.drop_constraint("fk_two", "two", schema="app", type_="foreignkey")
    op.drop_constraint("uq_c", "one", type_="unique")
    op.drop_constraint("pk_two", "two", schema="app", type_="primary")
    op.create_primary_key("pk_2", "two", ["a"], schema="app")
    op.create_table_comment("one", "it's first", existing_comment=None)
    op.drop_table_comment("one", existing_comment="it's first")
    op.rename_table("one", "first")
    op.rename_table("two", "second", schema="app")
    op.drop_column("first", "c6"DROP)
    op.drop_column("second", "b", schema="app")
    op.execute("UPDATE first SET name = 'a:b' WHERE id = 1")
    op.execute(sa.text("UPDATE first SET name = :n").bindparams(n="it's"))
    op.execute(one.update().values(name="z", at=datetime.datetime(2024, 1, 2, 3, 4, 5)))
    with op.batch_alter_table("first") as batch:
        batch.add_column(sa.Column("c7", sa.Integer))
        batch.alter_column("long", existing_type=sa.Text, nullable=False)
        batch.drop_column("c_1")
        batch.create_index("ix_7", ["c7"])
    op.f("name")
    op.drop_table("second", schema="app")


def downgrade():
    op.drop_table("first")
    op.add_column("x", sa.Column("y", sa.Uuid))
"""


@pytest.mark.parametrize("system", sorted(URLS))
@pytest.mark.parametrize("way", ["upgrade", "downgrade", "stamp"])
def test_the_statements_are_those_of_alembic(system: str, way: str, tmp_path: Path) -> None:
    folder, url = tmp_path / "migrations", URLS[system]
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV.format(url=url))
    more = ", mssql_drop_default=True" if system == "mssql" else ""
    dropping = ", mssql_drop_default=True, mssql_drop_check=True, mssql_drop_foreign_key=True"
    text = SCRIPT.replace("DROP)", (dropping if system == "mssql" else "") + ")")
    if system == "mssql":  # SQLAlchemy needs a connection for comments there.
        text = re.sub(r"^    op\.(create|drop)_table_comment.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r",\s+comment=\"\w+\"", "", text)
    (folder / "versions" / "a1.py").write_text(text.replace("MSSQL)", more + ")"))
    config = alembic.config.Config(output_buffer=io.StringIO())
    config.set_main_option("script_location", str(folder))
    target = {"upgrade": "head", "downgrade": "a1:base", "stamp": "head"}[way]
    getattr(alembic.command, way)(config, target, sql=True)

    def unreachable() -> None:
        raise AssertionError("--sql connects to nothing")

    database = Database(None, make_url(url), unreachable)  # type: ignore[arg-type]
    settings = Settings(folder, (database,), (folder / "versions",))
    write = {"upgrade": api.upgrade_sql, "downgrade": api.downgrade_sql}
    if way == "stamp":
        (written,) = api.stamp_sql(settings, [target])
    else:
        (written,) = write[way](settings, target)
    expected = config.output_buffer.getvalue()
    # These cannot be run from a script, or give rows that nobody reads.
    for returned in (
        " OUTPUT inserted.version_num",
        " RETURNING alembic_version.version_num INTO :ret_0",
    ):
        expected = expected.replace(returned, "")
    assert written.sql == expected
