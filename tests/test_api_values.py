"""The Python API: values are returned, our exceptions are raised, nothing is printed."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from flask_schemamigrate.errors import FolderMissing
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.errors import UnknownRevision


def models(db):
    class User(db.Model):
        id = db.mapped_column(sa.Integer, primary_key=True)


@pytest.fixture
def shop(sqlite_database, make_project):
    return make_project(sqlite_database, models)


def test_whole_workflow_as_methods(shop, capsys):
    migrate = shop.app.extensions["schemamigrate"]
    with shop.app.app_context():
        made = migrate.init()
        assert shop.versions in made
        assert [op.describe() for op in migrate.check()[0].operations] == ["Create table user"]
        created = migrate.migrate("first")
        assert created.path.exists()
        assert created.revision.message == "first"
        moved = migrate.upgrade()
        assert [done.revision.id for done in moved[0].applied] == [created.revision.id]
        assert moved[0].after == (created.revision.id,)
        assert migrate.upgrade()[0].applied == ()
        assert migrate.migrate().path is None
        assert migrate.check()[0].operations == ()
        assert migrate.current()[0].at_heads
        assert [entry.revision.id for entry in migrate.history()] == [created.revision.id]
        assert migrate.heads() == migrate.show()
        assert migrate.branches() == ()
        assert migrate.downgrade()[0].after == ()
        assert migrate.stamp()[0].after == (created.revision.id,)
        assert migrate.revision("second").revision.parents == (created.revision.id,)
    assert capsys.readouterr() == ("", "")


def test_app_may_be_named_instead_of_a_context(shop):
    migrate = shop.app.extensions["schemamigrate"]
    migrate.init(app=shop.app)
    assert migrate.history(app=shop.app) == ()
    with pytest.raises(InvalidSetting):
        migrate.history()


def test_errors_are_ours(shop):
    migrate = shop.app.extensions["schemamigrate"]
    with shop.app.app_context():
        with pytest.raises(FolderMissing):
            migrate.upgrade()
        migrate.init()
        with pytest.raises(UnknownRevision) as caught:
            migrate.upgrade("nope")
    assert isinstance(caught.value, LookupError)
    assert caught.value.hint


def test_logging_is_left_alone(shop):
    root = logging.getLogger()
    mine = logging.getLogger("shop.orders")
    before = (root.level, list(root.handlers), mine.disabled, mine.level)
    migrate = shop.app.extensions["schemamigrate"]
    with shop.app.app_context():
        migrate.init()
        migrate.migrate()
        migrate.upgrade()
    assert (root.level, list(root.handlers), mine.disabled, mine.level) == before
