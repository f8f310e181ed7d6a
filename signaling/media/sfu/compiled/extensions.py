"""A program of its own for building.py: `extensions.py LIBRARY TARGET SOURCE…` compiles the sources of the current folder."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from cffi import FFI

# setuptools comes first: mypyc looks whether it is there.
from setuptools import Extension, setup  # isort: skip
from mypyc.build import mypycify


def main() -> None:
    """Machine code of the named modules into the folder TARGET."""
    library, target, *names = sys.argv[1:]
    Path("mypy.ini").write_text("[mypy]\nignore_missing_imports = true\n")  # else a configuration further up is read
    extensions = mypycify(
        ["--config-file=mypy.ini", *names], opt_level="3", debug_level="0", group_name=library.removesuffix("__mypyc")
    )
    extensions.append(calls())
    build = ["build_ext", "--build-lib", target, "--build-temp", "objects"]
    setup(name="forwarder", packages=[], ext_modules=extensions, script_args=build)


def calls() -> Extension:
    """The kernel's calls."""
    declared = runpy.run_path("signaling/media/sfu/calls.py")
    ffi = FFI()
    ffi.cdef(declared["DECLARATIONS"])
    ffi.set_source("signaling.media.sfu._calls", declared["HEADER"])
    extension: Extension = ffi.distutils_extension("objects")
    return extension


if __name__ == "__main__":
    main()
