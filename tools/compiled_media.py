"""The media forwarder as machine code, where a C compiler and Python's headers are there: a third less work per packet."""

from __future__ import annotations

import subprocess

from tools.debian import in_ci, install_command
from tools.progress import ROOT, VENV, Stopped, done, remember, run, say
from tools.python_packages import PYTHON, install

PROGRAM = [str(PYTHON), "-m", "signaling.media.sfu.compiled"]
TOLD = VENV / "media-compiled"
SLOWER = "media take the processor about half as much work again as compiled"


def compile_media() -> None:
    """Compile what isn't compiled yet. What can't be is said once and never keeps the workstation from starting."""
    asked = subprocess.run([*PROGRAM, "--state"], cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    state = asked.stdout.strip() or "unknown"
    step = next_step(state, done(TOLD, state))
    if step == "compile":
        _compile(state)
    elif step == "tell":
        say(f"{SLOWER}; with these packages they are compiled:\n    {install_command(state.split()[1:])}")
        remember(TOLD, state)


def next_step(state: str, told: bool) -> str:
    """ "compile", "tell" or nothing, by the state that the program gives; `told`: this one was tried or told before."""
    word = state.split()[0]
    if word == "possible" and (not told or in_ci()):
        return "compile"
    return "tell" if word == "needs" and not told else ""


def _compile(state: str) -> None:
    """A compiler that failed would fail again, and isn't asked again; packages that didn't come are asked for again."""
    say("compiling the media forwarder (half a minute, once)")
    fetched = False
    try:
        install("compile")
        fetched = True
        run(PROGRAM, "the media forwarder could not be compiled")
    except Stopped as reason:
        if in_ci():
            raise
        say(f"{SLOWER}: {reason.text}")
        if fetched:
            remember(TOLD, state)
