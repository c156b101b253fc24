"""``alembic.operations.ops``: every operation object."""

from __future__ import annotations

from .opbase import DowngradeOps as DowngradeOps
from .opbase import given as given
from .opbase import MigrateOperation as MigrateOperation
from .opbase import MigrationScript as MigrationScript
from .opbase import ModifyTableOps as ModifyTableOps
from .opbase import OpContainer as OpContainer
from .opbase import UpgradeOps as UpgradeOps
from .opcolumns import AddColumnOp as AddColumnOp
from .opcolumns import AlterColumnOp as AlterColumnOp
from .opcolumns import DropColumnOp as DropColumnOp
from .opconstraints import AddConstraintOp as AddConstraintOp
from .opconstraints import CreateCheckConstraintOp as CreateCheckConstraintOp
from .opconstraints import CreateForeignKeyOp as CreateForeignKeyOp
from .opconstraints import CreatePrimaryKeyOp as CreatePrimaryKeyOp
from .opconstraints import CreateUniqueConstraintOp as CreateUniqueConstraintOp
from .opconstraints import DropConstraintOp as DropConstraintOp
from .opdata import BulkInsertOp as BulkInsertOp
from .opdata import ExecuteSQLOp as ExecuteSQLOp
from .optables import AlterTableOp as AlterTableOp
from .optables import CreateIndexOp as CreateIndexOp
from .optables import CreateTableCommentOp as CreateTableCommentOp
from .optables import CreateTableOp as CreateTableOp
from .optables import DropIndexOp as DropIndexOp
from .optables import DropTableCommentOp as DropTableCommentOp
from .optables import DropTableOp as DropTableOp
from .optables import RenameTableOp as RenameTableOp

# Messages and pickles name them by where people import them from.
for _class in [value for value in vars().values() if isinstance(value, type)]:
    _class.__module__ = __name__
