"""What is published is complete, and works where nothing else is: every command that the README shows for a first archive."""

import re
import shlex
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .editions import PATH, page
from .installed import UTF8, Installed, build, install
from .loopback import Site, answer
from .postbox import Postbox
from .tools import run_tool

ROOT = Path(__file__).parent.parent
PACKAGE = "src/pref_scraper"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{8}T\d{6}Z"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the archive of sources."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def kept() -> dict[str, bytes]:
    """What the repository holds, by path, with what is new in it."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).exists()}


def test_the_wheel_has_the_package_and_nothing_else(built: tuple[Path, Path], kept: dict[str, bytes]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist()}
    about = {name.partition("/")[2] for name in held if ".dist-info/" in name}
    licences = {f"licenses/{name}" for name in kept if name == "LICENSE" or name.endswith(".LICENSE")}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", *licences}
    modules = {name: data for name, data in held.items() if ".dist-info/" not in name}
    assert modules == {name.removeprefix("src/"): data for name, data in kept.items() if name.startswith(PACKAGE)}


def test_the_sources_are_the_repository(built: tuple[Path, Path], kept: dict[str, bytes]) -> None:
    with tarfile.open(built[1]) as packed:
        held = {m.name.partition("/")[2]: packed.extractfile(m) for m in packed.getmembers()}
        assert {name: file.read() for name, file in held.items() if file and name != "PKG-INFO"} == kept


def test_the_sources_give_the_same_wheel(built: tuple[Path, Path], tmp_path: Path) -> None:
    with tarfile.open(built[1]) as packed:
        packed.extractall(tmp_path / "sources", filter="data")
    (unpacked,) = (tmp_path / "sources").iterdir()
    assert build(unpacked, tmp_path / "dist")[0].read_bytes() == built[0].read_bytes()


def test_what_the_image_is_made_of_gives_the_same_wheel(built: tuple[Path, Path], tmp_path: Path) -> None:
    _, *let_in = re.findall(r"^!?(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    for name in let_in:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    assert build(tmp_path, tmp_path / "dist")[0].read_bytes() == built[0].read_bytes()


def test_the_image_is_as_a_linter_of_images_wants_it() -> None:
    assert run_tool("hadolint", ROOT / "Containerfile") == ""


def test_the_image_has_every_extra(extras: set[str]) -> None:
    installed = re.search(r"'/repository\[(.*)\]'", (ROOT / "Containerfile").read_text("utf-8"))
    assert installed is not None
    assert set(installed[1].split(",")) == extras


@pytest.fixture(scope="module")
def extras(built: tuple[Path, Path]) -> set[str]:
    """Those that a user may want."""
    with zipfile.ZipFile(built[0]) as wheel:
        (metadata,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/METADATA"))
    return set(re.findall(r"^Provides-Extra: (.*)$", metadata, re.MULTILINE)) - {"dev"}


@pytest.mark.parametrize("pins", ["constraints.txt", "constraints-alpha.txt"])
def test_each_environment_of_the_program_has_a_pin_for_all_that_is_asked_for(pins: str) -> None:
    """What has none is taken as it comes, and one day does not go with the others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    wanted = [one for group in groups for one in map(Requirement, group) if one.name != project["name"]]
    pinned = dict(line.split("==") for line in (ROOT / pins).read_text("utf-8").split())
    versions = {canonicalize_name(name): version for name, version in pinned.items()}
    unmet = [
        str(one)
        for one in wanted
        if not one.specifier.contains(versions.get(canonicalize_name(one.name), "0"), prereleases=True)
    ]
    assert (unmet, len(wanted) > 20) == ([], True)


@pytest.fixture(scope="module")
def complete(built: tuple[Path, Path], extras: set[str], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """As `pip install 'pref-scraper[…]'` with every extra that a user may want."""
    return install(built[0], tmp_path_factory.mktemp("complete"), extras)


@pytest.fixture(scope="module")
def bare(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """As `pip install pref-scraper`."""
    return install(built[0], tmp_path_factory.mktemp("bare"))


class User:
    """Who makes an archive of a page that a site here serves: one edition after the other, at each `run`."""

    def __init__(self, installed: Installed, where: Path, site: Site) -> None:
        self.installed = installed
        self.where = where
        self._site = site
        self._editions = chain((1, 2), repeat(3))

    def enter(self, command: str) -> str:
        """What a command prints."""
        if command.startswith("cd "):
            self.where /= command.removeprefix("cd ")
            return ""
        if command.startswith("pref-scraper run"):
            self._site.answers[PATH] = answer(page(next(self._editions)))
        shown = self.installed.run(command, where=self.where)
        if command.startswith("pref-scraper init"):
            self._edit(self.where / shown.partition(" is written")[0])
        return shown

    def _edit(self, sources: Path) -> None:
        """As one does after `init`: here so that the page is the one on this machine."""
        text = sources.read_text("utf-8").replace("http://www.pref.mie.lg.jp", self._site.url)
        sources.write_text(text.replace("# delay_seconds = 1 ", "delay_seconds = 0 "), "utf-8")


@pytest.fixture(scope="module")
def archive(bare: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two editions of the page, visited without any extra."""
    with Site() as site:
        user = User(bare, tmp_path_factory.mktemp("archive"), site)
        user.enter("pref-scraper init")
        assert "new: 169 records, 3 problems" in user.enter("pref-scraper run")
        assert "28,709千円 → 29,100千円 (+391千円, +1.4 %)" in user.enter("pref-scraper run")
    (user.where / "page.html").write_bytes(page())
    return user.where


@pytest.mark.parametrize("kind", ["bare", "complete"])
def test_what_runs_is_what_was_installed(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    installed: Installed = request.getfixturevalue(kind)
    asked = "import importlib.util as u, pref_scraper as p; print(p.__file__, *map(u.find_spec, ['tests', 'pytest']))"
    file, *others = installed.run(f"python -c {shlex.quote(asked)}", where=tmp_path).split()
    assert Path(file).is_relative_to(installed.venv)
    assert others == ["None", "None"]


# What a user enters in an archive, and a piece of what is printed then.
PRINTED = {
    "pref-scraper --help": "Keep policy pages of Japanese prefectures",
    "python -m pref_scraper --version": "pref-scraper, version ",
    "pref-scraper log": "  changed  ",
    "pref-scraper diff": "+391千円",
    "pref-scraper diff --format html": "<!DOCTYPE html>",
    "pref-scraper show 予算額": "NPO活動支援緊急雇用創出事業",
    "pref-scraper parse page.html": '"fiscal_year": 2011',
    "pref-scraper feed": "<feed xmlns=",
    "pref-scraper export --format csv files": "files/budgets.csv",
    "pref-scraper export --format jsonl files": "files/budgets.jsonl",
    "pref-scraper export --format xlsx files": "files/archive.xlsx",
    "pref-scraper export --format wacz files": ".wacz",
    "pref-scraper status": "mie-npo  well: changed, 2 captures",
    "pref-scraper rebuild": "archive.db is built anew from 2 captures",
    "pref-scraper verify": "archive.db holds every row that snapshots/ say, and no other",
    "pref-scraper schedule systemd": "bin/pref-scraper run",
    "pref-scraper schedule cron": "bin/pref-scraper run",
    "pref-scraper schedule github": "pref-scraper run",
}


def test_a_page_is_added_without_any_extra(bare: Installed, tmp_path: Path, site: Site) -> None:
    site.answers[PATH] = answer(page())
    assert "  records       169: " in bare.run(f"pref-scraper add {site.url}{PATH}", where=tmp_path)


@pytest.mark.parametrize("command", PRINTED)
def test_the_wheel_declares_what_it_needs(bare: Installed, archive: Path, command: str) -> None:
    assert PRINTED[command] in bare.run(command, where=archive)


def test_what_changed_is_an_exit_code_for_those_who_ask(bare: Installed, archive: Path) -> None:
    assert "+391千円" in bare.run("pref-scraper diff --exit-code", where=archive, code=1)


def test_init_leaves_alone_what_is_there(bare: Installed, archive: Path) -> None:
    before = (archive / "sources.toml").read_bytes()
    said = bare.run("pref-scraper init", where=archive, code=2)
    assert said == "pref-scraper: sources.toml is there already: nothing was changed\n"
    assert (archive / "sources.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("pref-scraper serve", "browse"),
        ("pref-scraper export --format parquet files", "export"),
        ("pref-scraper notify json://127.0.0.1:9", "notify"),
    ],
)
def test_a_command_says_which_extra_it_wants(bare: Installed, archive: Path, command: str, extra: str) -> None:
    said = bare.run(command, where=archive, code=2)
    assert re.fullmatch(rf"pref-scraper: \w+ is not installed: pip install 'pref-scraper\[{extra}\]'\n", said)


def test_no_locale_changes_what_is_printed(bare: Installed, archive: Path) -> None:
    locales: tuple[dict[str, str], ...] = (UTF8, {}, {"LC_ALL": "C"}, {"TZ": "Asia/Tokyo"})
    assert len({bare.run("pref-scraper diff", where=archive, environment=locale) for locale in locales}) == 1


def test_with_the_extra_parquet_is_written(complete: Installed, archive: Path) -> None:
    assert "files/budgets.parquet" in complete.run("pref-scraper export --format parquet files", where=archive)


def test_with_the_extra_a_letter_arrives(complete: Installed, archive: Path) -> None:
    with Postbox() as postbox:
        complete.run(f"pref-scraper notify --test {shlex.quote(postbox.url)}", where=archive)
    assert len(postbox.letters) == 1


def test_with_the_extra_pages_are_served_with_all_that_they_load(complete: Installed, archive: Path) -> None:
    with (
        complete.serving("pref-scraper serve --port 0", where=archive) as address,
        httpx.Client(base_url=address) as client,
    ):
        shown = client.get("/").text + client.get("/source/mie-npo").text
        assert "みえ県民交流センター指定管理事業" in shown
        loaded = set(re.findall(r'(?:<link[^>]* href|<script[^>]* src)="([^"]+)"', shown))
        assert {client.get(path).status_code for path in loaded} == {200}
        assert {"browse.css", "charts.css", "vega.min.js"} <= {
            path.rpartition("/")[2].partition("?")[0] for path in loaded
        }


def _shown() -> Iterator[tuple[str, str]]:
    """The commands of the README's section on the first archive, each with the output that it shows below."""
    sections = re.split(r"^## ", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    (section,) = (text for text in sections if "\n$ pref-scraper init" in text)
    for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def _as_shown(expected: str, printed: str) -> bool:
    """Whether the README shows what is printed: the times are those of another day, a line `…` is lines left out."""
    pattern = re.escape(re.sub(TIME, "TIME", expected))
    return bool(
        re.fullmatch(re.sub(r"^…\\\n", r"(?:.*\n)*", pattern, flags=re.MULTILINE), re.sub(TIME, "TIME", printed))
    )


def test_the_readme_is_enough_for_a_first_archive(complete: Installed, tmp_path: Path, site: Site) -> None:
    """Each command in its order, in a directory that was empty. The wheel is installed already; `serve` has a test above."""
    user = User(complete, tmp_path, site)
    for command, expected in _shown():
        if not command.startswith(("pip ", "pref-scraper serve")):
            printed = user.enter(command)
            assert not expected or _as_shown(expected, printed), f"{command}\n{printed}"
