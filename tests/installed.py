"""This project as it is published, and an environment in which it is installed as a user would.

    wheel, sources = build(ROOT, folder)
    installed = install(wheel, folder, extras=("browse",))
    installed.run("pref-scraper init my-archive", where=folder)

Beside the wheel such an environment holds what the wheel declares that it needs, with these extras, and nothing
else: whatever is used without being declared is missing there. What is needed is linked from the environment of
the tests, so that no index is asked.
"""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
UTF8 = {"LANG": "C.UTF-8"}


def build(root: Path, where: Path) -> tuple[Path, Path]:
    """The wheel and the archive of sources that come of a directory."""
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(where), "-t", "wheel", "-t", "sdist"]
    subprocess.run(words, cwd=root, check=True, capture_output=True, timeout=60)
    (wheel,), (sources,) = where.glob("*.whl"), where.glob("*.tar.gz")
    return wheel, sources


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment, and the empty home of who uses it."""

    venv: Path
    home: Path

    def environment(self, more: Mapping[str, str] = UTF8) -> dict[str, str]:
        """All that a command finds in its environment: where programs are, its home, and this."""
        return {"PATH": f"{self.venv / 'bin'}:/usr/bin:/bin", "HOME": str(self.home), **more}

    def run(self, command: str, *, where: Path, code: int = 0, environment: Mapping[str, str] = UTF8) -> str:
        """What a command shows on a terminal in UTF-8; it must end with this code, and with no traceback."""
        done = subprocess.run(
            shlex.split(command),
            cwd=where,
            env=self.environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        assert (done.returncode, "Traceback" in done.stdout) == (code, False), f"{command}\n{done.stdout}"
        return done.stdout

    @contextmanager
    def serving(self, command: str, *, where: Path) -> Iterator[str]:
        """The address that a server of pages tells; it runs meanwhile, and ends by the signal that it is sent."""
        words, environment = shlex.split(command), self.environment()
        with subprocess.Popen(words, cwd=where, env=environment, stdout=subprocess.PIPE, text=True) as started:
            try:
                assert started.stdout is not None
                told = next((found for line in started.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
                assert told is not None
                yield told[0]
            finally:
                started.send_signal(signal.SIGTERM)
        assert started.returncode == -signal.SIGTERM


def install(wheel: Path, where: Path, extras: Iterable[str] = ()) -> Installed:
    """Installs the wheel with pip, and what it needs with links; pip must then find nothing missing."""
    installed = Installed(where / "venv", where / "home")
    installed.home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", installed.venv], check=True)
    pip = [*_PIP, "--python", str(installed.venv)]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-compile", "--no-index", "--no-deps", wheel], check=True, timeout=60
    )
    (packages,) = (installed.venv / "lib").glob("python3*/site-packages")
    (ours,) = distributions(path=[str(packages)])
    for needed in _needed(ours, frozenset(extras)):
        _link(needed, packages)
    checked = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False, timeout=60)
    assert checked.stdout == "No broken requirements found.\n"
    return installed


def _needed(wanted: Distribution, extras: frozenset[str]) -> Iterable[Distribution]:
    """What a distribution with these extras needs, and what that needs, each once."""
    found: dict[str, Distribution] = {}
    open_ends = [(wanted, extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_ends:
        whose, with_extras = open_ends.pop()
        for requirement in map(Requirement, whose.requires or ()):
            one = canonicalize_name(requirement.name), frozenset(requirement.extras)
            if one not in seen and _applies(requirement, with_extras):
                seen.add(one)
                found[one[0]] = distribution(one[0])
                open_ends.append((found[one[0]], one[1]))
    return found.values()


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _link(needed: Distribution, packages: Path) -> None:
    """Makes a distribution's modules, its data and what is known of it be found among the packages."""
    tops = {file.parts[0] for file in needed.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        (packages / top).symlink_to(Path(str(needed.locate_file(top))))
