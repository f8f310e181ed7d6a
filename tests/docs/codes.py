"""Every error code that the code can raise, read from its syntax."""

import ast
from collections.abc import Iterator
from pathlib import Path

from mediation import errors

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.MediationError)
}


def raised() -> dict[str, tuple[str, str, str]]:
    """Code → kind of error, where it is raised, and its sentence (empty for the kind's own)."""
    found = {kind.default_code: (name, "", kind.default_sentence) for name, kind in KINDS.items()}
    for folder in ("mediation", "signaling"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for kind, code, sentence in _in(ast.parse(path.read_text())):
                found.setdefault(code, (kind, path.relative_to(ROOT).parts[1], sentence))
    return found


def _in(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    texts = _constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        code = node.args[0]
        if name == "BadOffer" and isinstance(code, ast.Constant):
            yield "Invalid", f"bad_offer_{code.value}", "The call could not be set up. Please reload this page."
        elif name in KINDS and isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield name, code.value, _text(node.args[1], texts) if len(node.args) > 1 else ""


def _constants(tree: ast.AST) -> dict[str, str]:
    """Sentences that a module keeps under a name: `_LONG = marked("This is too long.")`."""
    kept = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kept[node.targets[0].id] = _text(node.value, {})
    return kept


def _text(node: ast.AST, texts: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and node.args:
        return _text(node.args[0], texts)
    return texts.get(node.id, "") if isinstance(node, ast.Name) else ""
