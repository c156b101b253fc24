"""The whole workflow, played in a temporary folder: ``make demo``.

Every command is shown with what it prints.  The demonstration fails, with status 1, as soon as a
command does or a row is not where it should be.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from difflib import unified_diff
from pathlib import Path

#: What the developer changes in the models: a column comes, one gets longer, one is renamed.
CHANGES = (
    (
        "String(40), unique=True)",
        "String(120), unique=True)\n    email: Mapped[str | None] = mapped_column(String(120))",
    ),
    ("    title: Mapped", "    headline: Mapped"),
)
AUTHORS = [(1, "Ada"), (2, "Grace")]
ARTICLES = [(1, 1, "Notes"), (2, 2, "Bugs"), (3, 2, "Ships")]


class Failed(Exception):
    """Something is not as it should be."""


class Demo:
    """A copy of the app in ``folder`` and a terminal to play in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(Path(__file__).parent, folder / "example_app")
        self.database = folder / "instance" / "blog.db"
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """Print a heading."""
        print(f"\n\033[1m# {text}\033[0m" if self.colour else f"\n# {text}", flush=True)

    def flask(self, *arguments: str) -> str:
        """Run ``flask db …``, show it, and return what it printed."""
        shown = " ".join(a if a.replace("-", "").isalnum() else repr(a) for a in arguments)
        print(f"$ flask db {shown}", flush=True)
        command = [sys.executable, "-m", "flask", "--app", "example_app", "db", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        print(done.stdout.replace(str(self.folder) + os.sep, ""), end="", flush=True)
        if done.returncode:
            raise Failed(f"flask db {shown} ended with status {done.returncode}")
        return done.stdout

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        """Run SQL as somebody else would, show it, and return the rows of the last statement."""
        rows: list[tuple[object, ...]] = []
        connection = sqlite3.connect(self.database)
        with connection:
            for statement in statements:
                print(f"sqlite> {statement}")
                rows = connection.execute(statement).fetchall()
        connection.close()
        for row in rows:
            print("  ", *row)
        return rows

    def change_models(self) -> None:
        """Change the models, and show how."""
        path = self.folder / "example_app" / "models.py"
        before = path.read_text(encoding="utf-8")
        after = before
        for old, new in CHANGES:
            if old not in after:
                raise Failed(f"the models have no {old!r}")
            after = after.replace(old, new)
        path.write_text(after, encoding="utf-8")
        shown = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))
        print("\n".join(line for line in shown[2:] if not line.startswith("@@")))

    def expect(self, found: object, wanted: object, what: str) -> None:
        """Fail unless something is what it should be."""
        if found != wanted:
            raise Failed(f"{what}: {found!r} instead of {wanted!r}")


def play(demo: Demo) -> None:
    """Play it all."""
    demo.say("A folder for migrations, the first one, and the tables")
    demo.flask("init")
    demo.flask("migrate")
    demo.flask("upgrade")

    demo.say("Rows")
    demo.sql(
        *(f"INSERT INTO author (id, name) VALUES ({i}, '{n}')" for i, n in AUTHORS),
        *(
            f"INSERT INTO article (id, author_id, title) VALUES ({i}, {a}, '{t}')"
            for i, a, t in ARTICLES
        ),
    )

    demo.say("The models change: a column comes, one gets longer, one is renamed")
    demo.change_models()
    demo.flask("migrate", "--rename", "article.title:headline", "-m", "e-mail and headlines")
    script = max((demo.folder / "migrations" / "versions").glob("*.py"))
    print(f"$ cat {script.relative_to(demo.folder)}")
    print(script.read_text(encoding="utf-8"))
    demo.flask("upgrade")
    demo.flask("history")
    demo.flask("current")

    demo.say("The rows are still there, under the new names")
    query = "SELECT name, email, headline FROM author JOIN article ON author_id = author.id"
    rows = demo.sql(query + " ORDER BY article.id")
    names = dict(AUTHORS)
    demo.expect(rows, [(names[a], None, t) for _, a, t in ARTICLES], "rows after the upgrade")

    demo.say("And back, and forth")
    demo.flask("downgrade")
    rows = demo.sql("SELECT id, author_id, title FROM article ORDER BY id")
    demo.expect(rows, ARTICLES, "rows after the downgrade")
    demo.flask("upgrade")
    rows = demo.sql("SELECT id, author_id, headline FROM article ORDER BY id")
    demo.expect(rows, ARTICLES, "rows after the second upgrade")
    demo.flask("migrate")


def main() -> int:
    """Play in a temporary folder; return an exit status."""
    with tempfile.TemporaryDirectory(prefix="schemamigrate-demo-") as folder:
        try:
            play(Demo(Path(folder)))
        except Failed as failure:
            print(f"\nThe demonstration failed: {failure}.", file=sys.stderr)
            return 1
    print("\nEverything is where it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
