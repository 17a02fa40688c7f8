"""How Alembic runs the migrations: on the connection that `store.migrate` hands over."""

from alembic import context

from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    user_module_prefix="",
)
context.run_migrations()
