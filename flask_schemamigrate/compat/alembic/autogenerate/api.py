"""``alembic.autogenerate.api``: comparing, rendering, and the revisions of one command."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from .. import util
from ..operations import ops
from ..script.base import Script
from . import compare
from . import render
from .context import AutogenContext as AutogenContext


def compare_metadata(context: Any, metadata: Any) -> Any:
    """Return the differences between a database and models, as tuples."""
    return produce_migrations(context, metadata).upgrade_ops.as_diffs()


def produce_migrations(context: Any, metadata: Any) -> Any:
    """Return the differences as a ``MigrationScript``."""
    autogen_context = AutogenContext(context, metadata=metadata)
    script = ops.MigrationScript(
        rev_id=None, upgrade_ops=ops.UpgradeOps([]), downgrade_ops=ops.DowngradeOps([])
    )
    upgrade_ops, downgrade_ops = script.upgrade_ops, script.downgrade_ops
    assert upgrade_ops is not None and downgrade_ops is not None
    compare._populate_migration_script(autogen_context, script)
    return script


def render_python_code(
    up_or_down_op: Any,
    sqlalchemy_module_prefix: str = "sa.",
    alembic_module_prefix: str = "op.",
    render_as_batch: bool = False,
    imports: Sequence[str] = (),
    render_item: Any = None,
    migration_context: Any = None,
    user_module_prefix: str | None = None,
) -> str:
    """Return the body of a function that carries operations out."""
    opts = {
        "sqlalchemy_module_prefix": sqlalchemy_module_prefix,
        "alembic_module_prefix": alembic_module_prefix,
        "render_item": render_item,
        "render_as_batch": render_as_batch,
        "user_module_prefix": user_module_prefix,
    }
    if migration_context is None:
        from sqlalchemy.engine.default import DefaultDialect

        from ..runtime.migration import MigrationContext

        migration_context = MigrationContext.configure(dialect=DefaultDialect())
    autogen_context = AutogenContext(migration_context, opts=opts)
    autogen_context.imports = set(imports)
    return render._indent(render._render_cmd_body(up_or_down_op, autogen_context))


def _render_migration_diffs(context: Any, template_args: dict[str, Any]) -> None:
    """Compare and render into ``template_args``."""
    autogen_context = AutogenContext(context)
    upgrade_ops = ops.UpgradeOps([])
    compare._produce_net_changes(autogen_context, upgrade_ops)
    script = ops.MigrationScript(
        rev_id=None, upgrade_ops=upgrade_ops, downgrade_ops=upgrade_ops.reverse()
    )
    render._render_python_into_templatevars(autogen_context, script, template_args)


class RevisionContext:
    """The scripts that one command writes: one, unless a hook makes more or none of it."""

    generated_revisions: list[Any]
    process_revision_directives: Any

    def __init__(
        self,
        config: Any,
        script_directory: Any,
        command_args: dict[str, Any],
        process_revision_directives: Any = None,
    ) -> None:
        self.config = config
        self.script_directory = script_directory
        self.command_args = command_args
        self.process_revision_directives = process_revision_directives
        self.template_args: dict[str, Any] = {"config": config}
        self.generated_revisions = [self._default_revision()]

    def _to_script(self, migration_script: Any) -> Script | None:
        template_args = dict(self.template_args)
        if getattr(migration_script, "_needs_render", False):
            autogen_context = self._last_autogen_context
            # What a hook has added to the script's imports counts too.
            autogen_context.imports = set()
            if migration_script.imports:
                autogen_context.imports.update(migration_script.imports)
            render._render_python_into_templatevars(
                autogen_context, migration_script, template_args
            )
        assert migration_script.rev_id is not None
        return self.script_directory.generate_revision(  # type: ignore[no-any-return]
            migration_script.rev_id,
            migration_script.message,
            head=migration_script.head,
            splice=migration_script.splice,
            branch_labels=migration_script.branch_label,
            version_path=migration_script.version_path,
            depends_on=migration_script.depends_on,
            **template_args,
        )

    def run_autogenerate(self, rev: Any, migration_context: Any) -> None:
        """Compare, and let the hooks have the result."""
        self._run_environment(rev, migration_context, True)

    def run_no_autogenerate(self, rev: Any, migration_context: Any) -> None:
        """Let the hooks have an empty script."""
        self._run_environment(rev, migration_context, False)

    def _run_environment(self, rev: Any, migration_context: Any, autogenerate: bool) -> None:
        if autogenerate:
            if self.command_args["sql"]:
                raise util.CommandError("Using --sql with --autogenerate does not make any sense")
            map_ = self.script_directory
            if set(map_.get_revisions(rev)) != set(map_.get_revisions("heads")):
                raise util.CommandError("Target database is not up to date.")
        upgrade_token = migration_context.opts["upgrade_token"]
        downgrade_token = migration_context.opts["downgrade_token"]
        script = self.generated_revisions[-1]
        if not getattr(script, "_needs_render", False):
            script.upgrade_ops_list[-1].upgrade_token = upgrade_token
            script.downgrade_ops_list[-1].downgrade_token = downgrade_token
            script._needs_render = True
        else:
            script._upgrade_ops.append(ops.UpgradeOps([], upgrade_token=upgrade_token))
            script._downgrade_ops.append(ops.DowngradeOps([], downgrade_token=downgrade_token))
        autogen_context = AutogenContext(migration_context, autogenerate=autogenerate)
        self._last_autogen_context = autogen_context
        if autogenerate:
            compare._populate_migration_script(autogen_context, script)
        if self.process_revision_directives:
            self.process_revision_directives(migration_context, rev, self.generated_revisions)
        hook = migration_context.opts["process_revision_directives"]
        if hook:
            hook(migration_context, rev, self.generated_revisions)
        for revision in self.generated_revisions:
            revision._needs_render = True

    def _default_revision(self) -> Any:
        arguments = self.command_args
        return ops.MigrationScript(
            rev_id=arguments["rev_id"] or util.rev_id(),
            message=arguments["message"],
            upgrade_ops=ops.UpgradeOps([]),
            downgrade_ops=ops.DowngradeOps([]),
            head=arguments["head"],
            splice=arguments["splice"],
            branch_label=arguments["branch_label"],
            version_path=arguments["version_path"],
            depends_on=arguments["depends_on"],
        )

    def generate_scripts(self) -> Iterator[Script | None]:
        """Write the scripts."""
        for generated in self.generated_revisions:
            yield self._to_script(generated)
