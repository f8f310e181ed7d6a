"""A Debian with Python, git and make and nothing else: a folder made by debootstrap, entered by chroot."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# How this machine reaches the registries (proxies, certificates) is handed on; nothing else of it is.
_HANDED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "NPM_CONFIG_REGISTRY")
_CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
PERSON = "1000:1000"
HOME = "/home/person"


@dataclass(frozen=True)
class MinimalMachine:
    """The folder that is its root."""

    root: Path

    def command(self, words: str, settings: Mapping[str, str] | None = None, user: str = PERSON) -> list[str]:
        """The command that runs `words` inside, from the person's home, in an environment of its own.

        Only execs on the way, so that its process id is the one of `words`; the mounts end with the last process.
        """
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": HOME, "LANG": "C.UTF-8", **_network()}
        environment |= settings or {}
        assignments = [f"{name}={value}" for name, value in environment.items()]
        inside = ["chroot", f"--userspec={user}", str(self.root), "env", "-i", *assignments]
        entered = shlex.join([*inside, "sh", "-c", f"cd {HOME} && exec {words}"])
        # The root becomes a mount of its own, as on a real machine: `ip netns` asks for that.
        mounts = f"mount --bind {self.root} {self.root} && mount -t proc proc {self.root}/proc"
        mounts += f" && mount --rbind /dev {self.root}/dev"
        return ["unshare", "--mount", "sh", "-c", f"{mounts} && exec {entered}"]

    def run(self, words: str, user: str = PERSON) -> subprocess.CompletedProcess[str]:
        """Run `words` inside to its end; what it printed, errors included, is in `stdout`."""
        return subprocess.run(
            self.command(words, user=user),
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def processes(self) -> list[int]:
        """Process ids of everything that runs inside."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/root"):
            try:
                if entry.readlink() == self.root:
                    found.append(int(entry.parent.name))
            except OSError:
                continue  # ended meanwhile
        return found


def make_machine(folder: Path, checkout: Path) -> MinimalMachine:
    """Install the system below `folder` and clone `checkout` into the home of an ordinary person."""
    packages = "--include=python3,git,make,ca-certificates"
    subprocess.run(["debootstrap", "--variant=minbase", packages, "bookworm", folder], check=True)
    for path in ["/etc/resolv.conf", *(os.environ[name] for name in _CERTIFICATES if name in os.environ)]:
        shutil.copyfile(path, folder / path.lstrip("/"))
    home = folder / HOME.lstrip("/")
    home.mkdir()
    subprocess.run(["git", "clone", "-q", checkout, home / "mediation"], check=True)
    subprocess.run(["chown", "-R", PERSON, home], check=True)
    return MinimalMachine(folder.resolve())


def _network() -> dict[str, str]:
    return {name: os.environ[name] for name in (*_HANDED_ON, *_CERTIFICATES) if name in os.environ}
