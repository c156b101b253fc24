"""Which histories are run: packages from PyPI, pinned, and what is special about each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

EVERYWHERE = ("sqlite", "postgresql", "mariadb")

#: What every environment needs beside the package: the oracle, the drivers, our own dependencies.
COMMON = (
    "alembic==1.20.1",
    "psycopg[binary]>=3",
    "PyMySQL>=1",
    "Flask>=3",
    "Flask-SQLAlchemy>=3.1",
    "Flask-Migrate==4.1.0",
)

#: What the small ones need, in one environment.
LIGHT = ("SQLAlchemy>=2.0.45,<2.1", "SQLAlchemy-Utils", "arrow", "cryptography", "six")


@dataclass(frozen=True)
class Kept:
    """An entry of the catalogue that Alembic spoils and we keep: its text with each, and why."""

    key: str
    ours: str
    alembics: str
    why: str


@dataclass(frozen=True)
class Stuck:
    """A downgrade that fails with Alembic, and why; ``ours`` is our error, or None: it works."""

    why: str
    ours: str | None = None


@dataclass(frozen=True, eq=False)
class Package:
    """A package whose history is run.

    ``needs`` are the modules that its scripts import, found by running them: the package itself is
    installed without its dependencies, which would be a hundred times as much to download.
    ``app`` is a module that the app would have imported before it migrates: it changes what types
    compile to.  ``metadata`` is what its ``env.py`` has as ``target_metadata``, where its scripts
    rely on the names that it gives; ``env`` is set for the process, with ``{place}`` for a folder
    of its own.  ``before`` names metadata whose tables exist before the history begins.
    ``flask_migrate`` says that it has Flask-Migrate's folder, whose own files are then used;
    ``long`` that it runs only if ``SCHEMAMIGRATE_TEST_REAL=all``: too much to download.

    ``down`` is how far its own downgrades lead back on each system (default: to the base),
    ``stuck`` what the next one meets with, ``not_again`` where its upgrades do not run once more
    from there: all as Alembic has it.  ``kept`` is where the two are known to differ, ``better``
    the same for whatever matches a pattern, with the reason.  ``driver`` replaces what the URLs
    begin with, where the scripts work with one driver alone.  ``fill`` and ``random`` are keyed by
    ``table.column``: values that its scripts insist on, and columns into which they put something
    else in each run.
    """

    name: str
    version: str
    folder: str
    needs: tuple[str, ...]
    systems: tuple[str, ...] = EVERYWHERE
    python: tuple[int, int] = (3, 10)
    app: str | None = None
    metadata: str | None = None
    flask_migrate: bool = False
    long: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None
    down: Mapping[str, str] = field(default_factory=dict)
    stuck: Mapping[str, Stuck] = field(default_factory=dict)
    not_again: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    better: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fill: Mapping[str, object] = field(default_factory=dict)
    random: frozenset[str] = frozenset()
    driver: Mapping[str, str] = field(default_factory=dict)

    @property
    def requirements(self) -> tuple[str, ...]:
        """What pip installs with dependencies."""
        return (*COMMON, *self.needs)

    def random_columns(self, table: str) -> list[str]:
        """Return the columns of a table whose values differ from run to run."""
        named = (name.partition(".") for name in self.random)
        return [column for of, _, column in named if of == table]

    @property
    def pin(self) -> str:
        """What pip installs without dependencies."""
        return f"{self.name}=={self.version}"


PACKAGES = (
    Package(
        "mlflow",
        "3.18.0",
        "mlflow/store/db_migrations",
        needs=(
            "SQLAlchemy>=2.1,<2.2",
            "PyYAML",
            "cachetools",
            "cryptography",
            "databricks-sdk",
            "fastapi",
            "importlib-metadata",
            "opentelemetry-proto",
            "opentelemetry-sdk",
            "packaging",
            "protobuf",
            "pydantic",
            "requests",
            "sqlparse",
        ),
        # mlflow creates its first tables without a script.
        before="mlflow.store.tracking.dbmodels.initial_models:Base",
        # Below bda7b8c39065, downgrades are empty.
        kept={
            "mariadb": Kept(
                "column jobs.job_name",
                ours="3 `job_name` varchar(500) NOT NULL",
                alembics="3 `job_name` varchar(500) DEFAULT NULL",
                why="5d2d30f0abce renames it; Alembic's CHANGE repeats only what the script says.",
            ),
        },
        fill={"issues.categories": '["one"]'},
        random=frozenset({"jobs.last_update_time"}),
        down={
            "sqlite": "c8d9e0f1a2b3",
            "postgresql": "bda7b8c39065",
            "mariadb": "dc11669786a5",
        },
        stuck={
            "sqlite": Stuck("Alembic copies a generated column: cannot INSERT into it."),
            "mariadb": Stuck("The script drops an index that a foreign key needs (1553)."),
        },
    ),
    Package(
        "ihatemoney",
        "7.2.1",
        "ihatemoney/migrations",
        needs=(
            "SQLAlchemy>=2.0.45,<2.1",
            "Flask-Babel",
            "Flask-Limiter",
            "SQLAlchemy-Continuum>=1.5.2,<1.6",
            "cachetools",
            "debts",
            "python-dateutil",
            "requests",
            "six",
        ),
        python=(3, 11),
        app="ihatemoney.models",
        flask_migrate=True,
        not_again={"postgresql": "Its downgrades leave the type loggingmode behind."},
        kept={
            "mariadb": Kept(
                "column project_version.logging_preference",
                ours="5 `logging_preference` enum('DISABLED','ENABLED','RECORD_IP') "
                "DEFAULT 'ENABLED'",
                alembics="5 `logging_preference` varchar(9) DEFAULT 'ENABLED'",
                why="c941aaca38c2 changes nothing of it, but says existing_type=VARCHAR(9); "
                "Alembic's MODIFY makes that true.",
            ),
        },
        random=frozenset({"project.password"}),
    ),
    Package(
        "optuna",
        "5.0.0",
        "optuna/storages/_rdb/alembic",
        needs=("SQLAlchemy>=2.1,<2.2", "PyYAML", "colorlog", "numpy", "packaging", "tqdm"),
        systems=("sqlite", "postgresql"),
        down={"sqlite": "v3.0.0.c", "postgresql": "v3.0.0.c"},
        stuck={
            system: Stuck("v3.0.0.c names an attribute that it does not have.", "ScriptFailed")
            for system in ("sqlite", "postgresql")
        },
        fill={
            "trial_params.distribution_json": (
                '{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 2.0}}'
            ),
        },
    ),
    Package(
        "cornflow",
        "1.3.9",
        "cornflow/migrations",
        needs=LIGHT,
        flask_migrate=True,
        systems=("sqlite", "postgresql"),
        down={"sqlite": "1af47a419bbd"},
        stuck={"sqlite": Stuck("The script alters a column of SQLite outside of a batch.")},
    ),
    Package(
        "odcs",
        "0.9.2",
        "odcs/server/migrations",
        needs=LIGHT,
        flask_migrate=True,
        systems=("sqlite", "postgresql"),
    ),
    Package(
        "burp-ui",
        "1.1.1",
        "share/burpui/migrations",
        needs=LIGHT,
        flask_migrate=True,
        # The next one alters a column to VARCHAR without a length.
        down={"mariadb": "fc07e3fa0086"},
    ),
    Package(
        "ara",
        "0.16.7",
        "ara/db",
        needs=(*LIGHT, "oslo.serialization", "oslo.utils", "pbr"),
        flask_migrate=True,
        # Its first revision leaves the tables when it is undone.
        not_again=dict.fromkeys(EVERYWHERE, "Its first revision is not undone."),
    ),
    Package(
        "aim",
        "3.29.1",
        "aim/storage/migrations",
        needs=LIGHT,
        down=dict.fromkeys(EVERYWHERE, "46b89d830ad8"),
        stuck={
            system: Stuck("It drops a foreign key without a name.", "InvalidOperation")
            for system in ("sqlite", "postgresql")
        },
    ),
    Package(
        "quetz-server",
        "0.10.4",
        "quetz/migrations",
        needs=LIGHT,
        systems=("sqlite", "postgresql"),
        down={"sqlite": "0653794b6252", "postgresql": "0653794b6252"},
        stuck={
            "sqlite": Stuck("SQLite has no INTERVAL.", "CompareError"),
            "postgresql": Stuck("An enumerated value is no INTERVAL.", "StatementFailed"),
        },
    ),
    Package(
        "argilla-server",
        "2.8.0",
        "argilla_server/alembic",
        needs=LIGHT,
        systems=("sqlite", "postgresql"),
        random=frozenset({"datasets_users.inserted_at", "datasets_users.updated_at"}),
    ),
    Package(
        "apache-airflow-core",
        "3.3.2",
        "airflow/migrations",
        needs=("apache-airflow-core==3.3.2", "SQLAlchemy>=2.0.50,<2.1", "psycopg2-binary"),
        systems=("sqlite", "postgresql"),
        long=True,
        app="airflow.models",
        metadata="airflow.models.base:Base.metadata",
        env={"AIRFLOW_HOME": "{place}"},
        driver={"postgresql+psycopg:": "postgresql+psycopg2:"},
        better={
            "sqlite": {
                "constraint asset_alias_asset.*": "0041 makes the key anew under another name; "
                "Alembic's copy has the old one.",
                "column callback.*": "0093 changes some columns; Alembic's copy has the others in "
                "another order.",
                "index task_reschedule.idx_task_reschedule_ti_id_id_desc": "Alembic's copy of the "
                "table loses DESC.",
            },
        },
        fill={
            "serialized_dag.data": {"dag": {}},
            "serialized_dag.data_compressed": None,
            "deadline_alert.interval": 60.0,
        },
        random=frozenset(
            {
                "log_template.created_at",
                "callback.id",
                "callback.created_at",
                "deadline.callback_id",
                "deadline.created_at",
                "deadline.last_updated_at",
                "task_instance.id",
                "task_instance_note.ti_id",
                "task_reschedule.ti_id",
            }
        ),
        # Further down on SQLite, Alembic's copies lose foreign keys and the names of primary keys.
        down={"sqlite": "e79fc784f145", "postgresql": "4bc4d934e2bc"},
    ),
    Package(
        "open-webui",
        "0.12.4",
        "open_webui/migrations",
        needs=(
            "SQLAlchemy[asyncio]>=2.0.45,<2.1",
            "Markdown",
            "aiohttp",
            "aiosqlite",
            "beautifulsoup4",
            "cryptography",
            "fastapi",
            "orjson",
            "psycopg2-binary",
            "pydantic",
            "python-dotenv",
            "python-engineio",
            "redis",
            "requests",
            "typer",
            "uvicorn",
        ),
        systems=("sqlite", "postgresql"),
        python=(3, 11),
        long=True,
        env={"WEBUI_SECRET_KEY": "x", "DATA_DIR": "{place}"},
        fill={
            "config.data": {},
            "model.meta": "{}",
            "model.params": "{}",
            "tool.meta": "{}",
            "tool.specs": "[]",
            "tool.valves": "{}",
            "function.meta": "{}",
            "function.valves": "{}",
            "channel_member.app_id": None,
        },
        random=frozenset(
            name
            for table in ("function", "model", "skill", "tool")
            for name in (f"{table}.version_id", f"{table}_history.id")
        ),
        # Below f0bd01a18a3d, SQLite's unique index on lower(email) is there still, since SQLAlchemy
        # does not see it; the way up again only works where Alembic's copies have lost it.
        down={"sqlite": "f0bd01a18a3d", "postgresql": "461111b60977"},
    ),
)


def chosen() -> list[Package]:
    """Return those that are run: the long ones only if ``SCHEMAMIGRATE_TEST_REAL=all``.

    The variable may name packages, too, separated by commas.
    """
    wanted = os.environ.get("SCHEMAMIGRATE_TEST_REAL", "")
    if wanted in ("", "all"):
        return [package for package in PACKAGES if wanted or not package.long]
    return [package for package in PACKAGES if package.name in wanted.split(",")]
