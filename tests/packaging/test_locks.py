"""The locks name every dependency with hashes and no registry's address, and agree with each other."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-compile.lock", "requirements-node.lock"]
_PINNED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)[^\\\n]*\\?$(?P<hashes>(\n    --hash=sha256:[0-9a-f]{64}.*)*)", re.M
)


def pinned(lock: str) -> dict[str, set[str]]:
    """Name → versions that the lock allows (more than one when they depend on the Python version)."""
    versions: dict[str, set[str]] = {}
    for match in _PINNED.finditer((ROOT / lock).read_text()):
        versions.setdefault(match["name"], set()).add(match["version"])
    return versions


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_nothing_names_a_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = list(_PINNED.finditer(text))
    assert pins
    assert [pin["name"] for pin in pins if not pin["hashes"]] == []
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links| @ ", text) == []


def test_the_tests_run_with_the_versions_that_are_shipped() -> None:
    shipped, tested = pinned("requirements.lock"), pinned("requirements-test.lock")
    assert {name: tested.get(name) for name in shipped} == shipped


def test_what_compiles_the_forwarder_is_what_checks_it() -> None:
    checks, compiles = pinned("requirements-test.lock"), pinned("requirements-compile.lock")
    assert {name: checks.get(name) for name in compiles if name != "setuptools"} == {
        name: versions for name, versions in compiles.items() if name != "setuptools"
    }


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements-test.lock", PROJECT["dependency-groups"]["test"] + PROJECT["dependency-groups"]["check"]),
        ("requirements-compile.lock", PROJECT["dependency-groups"]["compile"]),
    ],
)
def test_every_dependency_is_locked_within_its_limits(lock: str, wanted: list[str]) -> None:
    versions = pinned(lock)
    for requirement in map(Requirement, wanted):
        locked = versions.get(canonicalize_name(requirement.name), set())
        assert locked, f"{requirement.name} is not in {lock}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in locked), requirement


def test_the_npm_lock_names_no_host_and_fits_package_json() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    package = json.loads((ROOT / "package.json").read_text())
    entries = {path: entry for path, entry in lock["packages"].items() if path}
    assert [path for path, entry in entries.items() if "resolved" in entry] == []
    assert [path for path, entry in entries.items() if not entry["integrity"].startswith("sha512-")] == []
    direct = {**package["dependencies"], **package["devDependencies"]}
    assert {name: entries[f"node_modules/{name}"]["version"] for name in direct} == direct
