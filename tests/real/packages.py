"""Which histories are run: packages from PyPI, pinned, and what is special about each."""

from __future__ import annotations

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
)


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
    compile to.  ``before`` names metadata whose tables exist before the history begins.

    ``down`` is how far its own downgrades lead back on each system (default: to the base),
    ``stuck`` what the next one meets with, ``not_again`` where its upgrades do not run once more
    from there: all as Alembic has it.  ``kept`` is where the two are known to differ.  ``fill`` and
    ``random`` are keyed by ``table.column``: values that its scripts insist on, and columns into
    which they put something else in each run.
    """

    name: str
    version: str
    folder: str
    needs: tuple[str, ...]
    systems: tuple[str, ...] = EVERYWHERE
    python: tuple[int, int] = (3, 10)
    app: str | None = None
    before: str | None = None
    down: Mapping[str, str] = field(default_factory=dict)
    stuck: Mapping[str, Stuck] = field(default_factory=dict)
    not_again: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    fill: Mapping[str, object] = field(default_factory=dict)
    random: frozenset[str] = frozenset()

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
)
