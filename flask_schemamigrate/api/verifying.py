"""``migrate --verify``: a script is run on a copy of the database before it is written.

What is proven are the laws of :data:`LAWS`.  What does not hold is an error; what cannot be tried
is a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError

from ..dialects.base import NoReplica
from ..diff.differ import diff
from ..errors import counted
from ..errors import Irreversible
from ..errors import NotProven
from ..errors import SchemaMigrateError
from ..history.graph import Direction
from ..history.graph import Move
from ..history.graph import RowChange
from ..history.revision import Revision
from ..operations.base import Operation
from ..operations.batch import AlterTable
from ..operations.columns import AlterColumn
from ..operations.tables import DropTable
from ..operations.tables import RenameTable
from ..run import rehearsal
from ..run.rehearsal import Copy
from ..run.rehearsal import Unwritten
from ..run.session import Session
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from ..settings import Database
from ..settings import Settings
from . import differing
from . import given
from . import visiting
from .given import Difference
from .values import Proof

#: What is proven, in order: the word of each law and what it promises.
LAWS = {
    "runs": "the script runs",
    "silent": "nothing differs from the models afterwards",
    "true": "the tables are as create_all makes them",
    "lossless": "no row goes that is not dropped",
    "reversible": "downgrade gives the former tables back",
}
#: Options by which a script is not, or not only, what the comparison found.
_HOOKS = (
    "process_revision_directives",
    "include_object",
    "include_name",
    "compare_type",
    "compare_server_default",
)


def is_wanted(settings: Settings, database: Database, given: bool | None) -> bool:
    """Whether scripts for a database are tried: as ``given``, as set, or where it costs nothing."""
    chosen = given if given is not None else settings.verify
    return database.url.get_backend_name() == "sqlite" if chosen is None else chosen


def prove(
    settings: Settings, revision: Revision, text: str, found: Sequence[Difference]
) -> tuple[Proof, ...]:
    """Try a script, ``text``, on a copy of each database that it is to change.

    Raises NotProven where a law does not hold.  The databases and the app's engines stay as they
    are; the copies end with the call, or with the process.
    """
    changed = {d.database.bind: d for d in found if d.operations}

    def work(opened: Session) -> Proof:
        return _proof(opened, revision, text, changed[opened.database.bind])

    return visiting.visit(settings, work, only=lambda d: d.bind in changed) if changed else ()


def _proof(opened: Session, revision: Revision, text: str, difference: Difference) -> Proof:
    name = difference.changes.database

    def laws(rows: bool) -> Proof:
        with rehearsal.copied(opened) as copy:
            made = _created(copy)
            lacks = copy.replica.fill(rows)
            with copy.opened() as at:
                proven, unproven = Trial(opened, at, revision, text, difference, made).laws()
        return Proof(name, proven, (*lacks, *unproven))

    try:
        refuse_reaching_out(opened, difference.operations)
        try:
            return laws(rows=True)
        except _NoWayBack as failed:
            laws(rows=False)  # Raises NotProven where the rows are not what stands in the way.
            return Proof(name, failed.proven, (*failed.unproven, failed.sentence))
    except NoReplica as reason:
        said = f"Nothing was proven on a copy of {opened.database.label}: {reason}."
        return Proof(name, (), (said,))


class _NoWayBack(Exception):
    """``downgrade()`` fails on the rows of the copy; what was proven before that."""

    def __init__(self, error: NotProven, proven: Sequence[str], unproven: Sequence[str]) -> None:
        super().__init__(error.message)
        self.proven = tuple(proven)
        self.unproven = tuple(unproven)
        cause = error.__cause__
        why = said(cause if isinstance(cause, SchemaMigrateError) else error)
        self.sentence = (
            "downgrade() gives the former tables back while they are empty; on the rows that are "
            f"there it fails.  {' '.join(why.split())}"
        )


def refuse_reaching_out(opened: Session, operations: Sequence[Operation]) -> None:
    """Raise NoReplica where a script that runs on the copy could reach the database itself."""
    if not opened.dialect.copies_share_names:
        return
    if callable(opened.settings.options.get("process_revision_directives")):
        raise NoReplica("process_revision_directives may have put statements into the script")
    named = {table.fullname for table in given.models(opened.database) if table.schema}
    named |= {str(n) for op in operations for n in op.touches() if n.schema}
    if named:
        raise NoReplica(f"statements name their database ({', '.join(sorted(named))})")


def said(error: SchemaMigrateError) -> str:
    """Return what went wrong on a copy, without the place in a file that there may not be."""
    cause = error.__cause__
    if isinstance(cause, DBAPIError):
        sql = " ".join((cause.statement or "").split())
        return f"statement: {sql}\ndatabase:  {' '.join(str(cause.orig).split())}"
    if isinstance(cause, SchemaMigrateError):
        return said(cause)
    if cause is not None:
        return f"{type(cause).__name__}: {cause}"
    return error.message


def _created(copy: Copy) -> Schema | str:
    """Return what ``create_all`` makes in an empty database, or why it does not."""
    with copy.opened() as fresh:
        try:
            fresh.begin()
            for metadata in fresh.database.metadata:
                metadata.create_all(fresh.connection)
            return given.both_sides(fresh)[0]
        except SQLAlchemyError as error:
            return " ".join(str(getattr(error, "orig", error)).split())
        finally:
            fresh.rollback()
            if not fresh.dialect.transactional_ddl:
                copy.replica.clear()


@dataclass(frozen=True, slots=True)
class Trial:
    """One script on one copy: ``opened`` is the app's database, ``at`` the copy of it.

    ``made`` is what ``create_all`` made in an empty database, or why it could not.
    """

    opened: Session
    at: Session
    revision: Revision
    text: str
    difference: Difference
    made: Schema | str

    def laws(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the laws that hold, and sentences about those that could not be tried."""
        before, counts = self._read(), self._counts()
        self._run(Direction.UP)
        unproven = [*self._silent(), *self._true()]
        proven = ["runs", "silent", "true"] if not unproven else ["runs"]
        self._lossless({self._renamed(name): n for name, n in counts.items()}, "upgrade")
        proven.append("lossless")
        try:
            refused = self._down()
        except NotProven as error:
            if any(counts.values()):  # What it puts in place of lost values may be at fault.
                raise _NoWayBack(error, proven, unproven) from error
            raise
        if refused:
            return tuple(proven), (*unproven, refused)
        self._same("reversible", self._read(), before, "downgrade() does not give back")
        self._lossless(counts, "upgrade and downgrade")
        return (*proven, "reversible"), tuple(unproven)

    # --- running -------------------------------------------------------------------------------

    def _run(self, direction: Direction) -> None:
        now = self.at.versions.rows()
        move = Move(self.revision, direction, now, now, RowChange())
        try:
            rehearsal.rehearse(
                self.at, Unwritten(self.text), move, names=visiting.names(self.opened.settings)
            )
        except Irreversible:
            raise
        except SchemaMigrateError as error:
            law = "runs" if direction is Direction.UP else "reversible"
            raise self._fails(law, said(error)) from error

    def _down(self) -> str:
        """Run ``downgrade()``; return why it may refuse."""
        try:
            self._run(Direction.DOWN)
        except Irreversible as error:
            return f"downgrade() was not proven: {error.message}"
        return ""

    # --- comparing -----------------------------------------------------------------------------

    def _read(self) -> Schema:
        with self.at.reading():
            return given.both_sides(self.at)[0]

    def _silent(self) -> Iterator[str]:
        with self.at.reading():
            found = differing.difference(self.at).operations
        left = tuple(op for op in found if not self._is_chosen(op))
        if left != found:
            yield "A required column stays nullable for now, as was chosen."
        if left and self._hooked:
            yield f"The script leaves, as {self._hooked} may want: {_listed(left, '; ')}"
        elif left:
            raise self._fails("silent", f"After upgrade there is still to do:\n{_listed(left)}")

    def _true(self) -> Iterator[str]:
        """Compare the copy with what ``create_all`` made."""
        if isinstance(self.made, str):
            yield f"create_all() could not be run to compare with: {self.made}"
            return
        with self.at.reading():
            after, models = given.both_sides(self.at)
        wanted = _only(_unnamed(self.made, models), after)
        if self._hooked:
            left = self._differences(after, wanted)
            if left:
                said = f"as {self._hooked} may want: {_listed(left, '; ')}"
                yield f"It is not as create_all() makes it, {said}"
        else:
            self._same("true", after, wanted, "create_all() would make it otherwise:")

    def _same(self, law: str, actual: Schema, wanted: Schema, what: str) -> None:
        left = self._differences(actual, wanted)
        if left:
            raise self._fails(law, f"{what}\n{_listed(left)}")

    def _differences(self, actual: Schema, wanted: Schema) -> tuple[Operation, ...]:
        """Return what leads from one catalogue to another."""
        dialect = self.at.dialect
        with self.at.reading():
            settled = dialect.reconcile(actual, wanted)
        found = diff(settled.actual, settled.wanted)
        return tuple(op for op in found if not self._is_chosen(op))

    def _is_chosen(self, op: Operation) -> bool:
        """Whether an operation is left over because a column was to stay nullable for now."""
        if not isinstance(op, AlterColumn) or set(op.changes()) != {"nullable"}:
            return False
        fill = self.difference.fills.get((op.table, op.column))
        return fill is not None and fill.nullable

    @property
    def _hooked(self) -> str:
        """Return the option by which the script may rightly differ, or an empty string."""
        options = self.opened.settings.options
        # True and False are no hooks: they are how the peers turn a comparison on and off.
        return next((n for n in _HOOKS if callable(options.get(n))), "")

    # --- rows ----------------------------------------------------------------------------------

    def _counts(self) -> dict[Name, int]:
        """Return the number of rows of each table that is compared."""
        connection = self.at.connection
        with self.at.reading():
            tables = given.both_sides(self.at)[0].tables
            return {
                name: connection.execute(
                    sa.select(sa.func.count()).select_from(sa.table(name.name, schema=name.schema))
                ).scalar_one()
                for name in tables
            }

    def _lossless(self, before: Mapping[Name, int], after_what: str) -> None:
        now = self._counts()
        gone = {op.name for op in self._flat() if isinstance(op, DropTable)}
        for name, number in before.items():
            if name in gone or name not in now or now[name] >= number:
                continue
            raise self._fails(
                "lossless",
                f"{name} has {now[name]} of {counted(number, 'row')} after {after_what}.",
            )

    def _renamed(self, name: Name) -> Name:
        return reduce(
            lambda n, op: n.renamed(op.new) if isinstance(op, RenameTable) and op.name == n else n,
            self._flat(),
            name,
        )

    def _flat(self) -> Iterator[Operation]:
        for operation in self.difference.operations:
            yield from operation.operations if isinstance(operation, AlterTable) else (operation,)

    def _fails(self, law: str, what: str) -> NotProven:
        assert self.revision.path is not None
        indented = "\n".join(f"  {line}" for line in what.splitlines())
        return NotProven(
            f"On a copy of {self.opened.database.label} the script does not keep the law "
            f"{law!r} ({LAWS[law]}).\n{indented}\n{self.revision.path} was not written.",
            hint="To write it all the same: flask db migrate --no-verify",
        )


def _listed(operations: tuple[Operation, ...], joint: str = "\n") -> str:
    return joint.join(f"{op.mark} {op.describe()}" for op in operations)


def _only(schema: Schema, of: Schema) -> Schema:
    """Return ``schema`` with those tables of ``of`` that it cannot have: they are not ours."""
    others = (table for name, table in of.tables.items() if name not in schema.tables)
    return Schema.of(
        (*schema.tables.values(), *others),
        schema.enums.values(),
        schema.sequences.values(),
        schema.schemas,
    )


def _unnamed(made: Schema, models: Schema) -> Schema:
    """Return ``made`` without the names that the models leave to the server."""

    def bare(table: Table) -> Table:
        model = models.table(table.name) or table
        named = {constraint.name for constraint in model.constraints}

        def left(items: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(i if i.name in named else replace(i, name=None) for i in items)

        return replace(
            table,
            primary_key=next(iter(left([table.primary_key] if table.primary_key else [])), None),
            uniques=left(table.uniques),
            foreign_keys=left(table.foreign_keys),
            checks=left(table.checks),
            excludes=left(table.excludes),
        )

    tables = map(bare, made.tables.values())
    return replace(made, tables=Schema.of(tables).tables)
