"""Every slice's tables, so that migrations and tests know all of them."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

ALL: list[ModuleType] = [
    import_module(f"mediation.{path.parent.name}.{path.stem}")
    for pattern in ("*/models.py", "web/once.py")
    for path in sorted(Path(__file__).parent.parent.glob(pattern))
]
