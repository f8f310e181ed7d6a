"""How Alembic reaches the database: by the connection that the caller hands over."""

from typing import Any, Literal

from alembic import context

from mediation.db import Base, Moment
from mediation.migrations.tables import ALL

assert ALL  # every table is known to Base.metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """A migration stands for itself: it does not import our column types."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """The archive's index of words is made by hand: SQLAlchemy can't describe it."""
    return not (name or "").startswith("archive_words")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
