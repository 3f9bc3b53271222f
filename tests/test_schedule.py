"""What `schedule` writes, tried by those who read it: systemd-analyze, zizmor, sh, git and the program itself."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from datetime import time, timedelta
from pathlib import Path

import pytest

from pref_scraper.errors import UsageError
from pref_scraper.schedule import WRITERS, Job, chosen
from pref_scraper.scheduling import SCHEDULERS

from .conftest import Workshop
from .editions import PATH, page
from .loopback import answer, sources
from .test_cli import SCRIPT, command, said
from .test_stopping import hanging
from .tools import run_tool, tool

with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "CI" not in os.environ, reason="systemd-analyze is not installed"
)
NAMES = ("plain", "県 の 100% $HOME {c}")
"""Names of directories, as people give them."""


def job(archive: Path, *, program: str | Path = SCRIPT, at: time = time(4, 17), here: int = 0) -> Job:
    return Job(
        archive=str(archive),
        program=(str(program),),
        owner="root",
        at=at,
        here=timedelta(minutes=here),
        package="pref-scraper==0.1.0",
    )


def written(scheduler: str, what: Job, folder: Path) -> list[Path]:
    """The files of a schedule, in a folder."""
    folder.mkdir()
    paths = {folder / Path(name).name: text for name, text in WRITERS[scheduler](what).files.items()}
    for path, text in paths.items():
        path.write_text(text, "utf-8")
    return list(paths)


def test_the_command_offers_every_scheduler() -> None:
    assert tuple(WRITERS) == SCHEDULERS


def test_archives_visit_at_odd_minutes_of_the_night_each_at_its_own() -> None:
    times = {chosen(f"/srv/archive {number}") for number in range(1000)}
    assert {at.minute % 2 for at in times} == {1}
    assert {at.hour for at in times} == {1, 2, 3, 4, 5}
    assert len(times) > 140
    assert chosen("/srv/archive") == time(3, 7)


@pytest.mark.parametrize("name", ["it's", 'a "b"', "a\\b", "a\nb", "a\x7f"])
def test_names_that_schedulers_read_otherwise_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="has a quote, a backslash or a control character"):
        job(Path("/srv") / name)


# systemd


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TZ": "UTC", "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False, env=environment)


@with_systemd
@pytest.mark.parametrize("name", NAMES)
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path, name: str) -> None:
    """The program is found by its name, too, whatever signs it has."""
    archive = tmp_path / name
    archive.mkdir()
    program = archive / f"scraper {name}"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = written("systemd", job(archive, program=program), tmp_path / "units")
    done = analyze("verify", *units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    program.unlink()
    assert f"Command {program} is not executable" in analyze("verify", *units).stderr


@with_systemd
def test_systemd_starts_it_at_that_time_in_japan(tmp_path: Path) -> None:
    _, timer, _ = written("systemd", job(tmp_path), tmp_path / "units")
    text = timer.read_text()
    (at,) = re.findall("^OnCalendar=(.*)$", text, re.MULTILINE)
    told = analyze("calendar", "--iterations=2", "--base-time=2026-11-25 00:00:00 UTC", at).stdout
    assert re.findall(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", told) == [
        "2026-11-25 19:17:00 UTC",
        "2026-11-26 19:17:00 UTC",
    ]
    assert {"RandomizedDelaySec=30min", "Persistent=true", "WantedBy=timers.target"} < set(text.splitlines())


@with_systemd
def test_the_service_may_do_little_besides_its_work(tmp_path: Path) -> None:
    """Of 100 (all that root may) systemd counts 22; 25 is what it calls OK."""
    service, _, failed = written("systemd", job(tmp_path), tmp_path / "units")
    assert analyze("security", "--offline=true", "--threshold=25", service).returncode == 0
    assert analyze("security", "--offline=true", "--threshold=25", failed).returncode != 0
    assert f"OnFailure={failed.name}" in service.read_text().splitlines()


@pytest.mark.parametrize("has_mail", [False, True])
def test_a_failed_run_is_told_with_its_code_and_the_state_of_the_sources(workshop: Workshop, has_mail: bool) -> None:
    """The shell's part of the unit, with the quoting of systemd undone; a sendmail of the test keeps what it is given."""
    visited_in_vain(workshop)
    *_, failed = written("systemd", job(workshop.path), workshop.path / "units")
    _, _, value = failed.read_text("utf-8").partition("ExecStart=")
    words = [word.replace("$$", "$") for word in shlex.split(value.replace("\\\n", " "))]
    programs = stubs(workshop.path, **({"sendmail": 'echo "$@" > mail; cat >> mail'} if has_mail else {}))
    done = shell(words, workshop.path, programs, MONITOR_EXIT_STATUS="3", USER="taro")
    lines = done.stdout.splitlines()
    assert {line[:3] for line in lines} == {"<3>"}
    assert lines[0] == f"<3>pref-scraper run in {workshop.path} ended with exit code 3."
    assert lines[1].startswith("<3>mie-npo  not well: gone, 1 visit in a row without the page: the server answers 404")
    assert lines[-1] == f"<3>What it printed: journalctl -u {failed.name.removesuffix('-failed.service')}.service"
    mail = workshop.path / "mail"
    assert mail.exists() == has_mail
    if has_mail:
        head, _, body = mail.read_text("utf-8").partition("\n\n")
        assert head.splitlines()[:2] == ["-t", "To: taro"]
        assert body.splitlines() == [line.removeprefix("<3>") for line in lines]


def visited_in_vain(workshop: Workshop) -> None:
    """A first visit finds the page, a second does not."""
    workshop.site.answers[PATH] = answer(page())
    workshop.visit()
    del workshop.site.answers[PATH]
    workshop.visit()


def stubs(folder: Path, **programs: str) -> Path:
    """A folder of programs of these names, each a line of shell."""
    (folder / "bin").mkdir()
    for name, line in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    return folder / "bin"


def shell(words: list[str], where: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{programs}:{SCRIPT.parent}:/usr/bin:/bin"
    return subprocess.run(
        words, cwd=where, env={"PATH": path, **environment}, capture_output=True, text=True, check=True, timeout=60
    )


# cron


@pytest.mark.parametrize(
    ("at", "here", "fields"),
    [
        (time(4, 17), 540, "17 4"),  # a machine in Japan
        (time(4, 17), 0, "17 19"),  # one that has UTC: the evening before
        (time(9, 1), 0, "1 0"),
        (time(4, 17), -210, "47 15"),  # St. John's
        (time(23, 59), 765, "44 3"),  # the Chatham Islands: the morning after
    ],
)
def test_a_crontab_line_has_the_time_of_the_machine(at: time, here: int, fields: str) -> None:
    (text,) = WRITERS["cron"](job(Path("/srv/archive"), at=at, here=here)).files.values()
    *comments, line = text.splitlines()
    assert {comment[0] for comment in comments} == {"#"}
    assert line.startswith(f"{fields} * * * cd /srv/archive && sleep ")
    assert f"{at:%H:%M} in Japan is " in text


def test_a_crontab_line_runs_and_speaks_only_of_failures(workshop: Workshop, tmp_path: Path) -> None:
    """By sh, as cron gives it the line: up to a bare %, with those that are escaped as they are."""
    workshop.site.answers[PATH] = answer(page())
    (archive := tmp_path / NAMES[-1]).mkdir()
    (workshop.path / "sources.toml").rename(archive / "sources.toml")
    (text,) = WRITERS["cron"](job(archive)).files.values()
    _, given = text.splitlines()[-1].split(" * * * ")
    assert re.findall(r"(?<!\\)%", given) == []
    programs = stubs(tmp_path, sleep=f"echo $@ >> '{tmp_path}/slept'")

    def run() -> str:
        return shell(["/bin/sh", "-c", given.replace("\\%", "%")], Path("/"), programs).stdout

    assert run() == ""
    assert (archive / "archive.db").exists()
    workshop.site.answers[PATH] = answer(b"")
    told, *_, reason = run().splitlines()
    assert told == f"pref-scraper run in {archive} ended with exit code 4:"
    assert reason.endswith("suspect: the page is empty")
    slept = [int(seconds) for seconds in (tmp_path / "slept").read_text().split()]
    assert len(slept) == 2
    assert all(0 <= seconds < 1800 for seconds in slept)


# GitHub


def test_a_linter_finds_nothing_wrong_with_the_workflow(tmp_path: Path) -> None:
    """zizmor at its strictest, without network; a pin that is none it does see."""
    (workflow,) = written("github", job(tmp_path), tmp_path / "workflows")
    lint = ("--offline", "--no-config", "--persona", "pedantic")
    assert "No findings to report" in run_tool("zizmor", *lint, workflow)
    text = workflow.read_text("utf-8")
    loose = re.sub(r"checkout@[0-9a-f]{40}", "checkout@v5", text)
    assert loose != text
    workflow.write_text(loose, "utf-8")
    found = subprocess.run([tool("zizmor"), *lint, workflow], capture_output=True, text=True, check=False)
    assert (found.returncode, "unpinned-uses" in found.stdout) == (14, True)
    assert 'cron: "17 19 * * *" # UTC: 04:17 in Japan' in text


class Repository:
    """An archive's repository on this disk, with a clone of it, and the steps of the workflow as they stand there."""

    def __init__(self, workshop: Workshop, folder: Path, **environment: str) -> None:
        (text,) = WRITERS["github"](job(workshop.path)).files.values()
        found = re.findall(r"^        run: (?:\|\n((?:          .*\n)+)|(.*)\n)", text, re.MULTILINE)
        steps = [re.sub("^ +", "", block or line, flags=re.MULTILINE) for block, line in found]
        self.install, self.rebuild, self.run, self.commit, self.export = steps
        self.bare, self.clone = folder / "bare", folder / "clone"
        (home := folder / "home").mkdir()
        self.limit, self._script = folder / "limit", folder / "step.sh"
        programs = stubs(folder, sleep="", timeout=f'echo $$ > {self.limit}; exec /usr/bin/timeout "$@"')
        path = f"{programs}:{SCRIPT.parent}:/usr/bin:/bin"
        self._environment = {"PATH": path, "HOME": str(home), **environment}
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", self.bare], check=True)
        subprocess.run(["git", "clone", "--quiet", self.bare, self.clone], check=True, capture_output=True)
        (workshop.path / "sources.toml").rename(self.clone / "sources.toml")
        self.git("checkout", "--quiet", "-B", "main")
        self.git("add", "sources.toml")
        self.git("commit", "--quiet", "--message", "begin")
        self.git("push", "--quiet", "origin", "main")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(["git", *who, *words], cwd=self.clone, capture_output=True, text=True, check=True)
        return done.stdout

    def begin(self, script: str) -> subprocess.Popen[str]:
        """As GitHub does, by a file."""
        self._script.write_text(script)
        return subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", self._script],
            cwd=self.clone,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def do(self, *scripts: str) -> list[int]:
        """The exit codes."""
        processes = []
        for script in scripts:
            processes.append(self.begin(script))
            processes[-1].communicate(timeout=60)
        return [process.returncode for process in processes]

    def committed(self) -> list[str]:
        """The files that are in the repository now."""
        return self.git("ls-tree", "-r", "--name-only", "origin/main").splitlines()


def test_what_is_visited_last_can_be_committed_before_the_job_is_ended() -> None:
    (text,) = WRITERS["github"](job(Path("/srv/archive"))).files.values()
    (minutes,) = re.findall(r"timeout-minutes: (\d+)", text)
    (hours,) = re.findall(r"exec timeout (\d+)h pref-scraper run$", text, re.MULTILINE)
    assert int(minutes) >= 60 * (int(hours) + 1)


def test_the_steps_of_the_workflow_keep_what_was_received_also_of_a_failure(workshop: Workshop, tmp_path: Path) -> None:
    hook = f"{workshop.site.url.replace('http', 'json')}/hook"
    workshop.site.answers["/hook"] = answer(b"", status="204 No Content")
    repository = Repository(workshop, tmp_path, PREF_SCRAPER_NOTIFY=hook)
    rebuild, run, commit, export = repository.rebuild, repository.run, repository.commit, repository.export
    assert repository.install == 'python -m pip install "$PACKAGE"'
    workshop.site.answers[PATH] = answer(page())
    assert repository.do(rebuild, run, commit, export) == [0, 0, 0, 0]
    del workshop.site.answers[PATH]
    assert repository.do(run, commit) == [3, 0]
    kept = repository.git("log", "--format=%s", "--name-only", "origin/main")
    assert len(re.findall(r"^Keep the visits of 20\d\d-\d\d-\d\d$", kept, re.MULTILINE)) == 2
    assert kept.splitlines().count("notices.jsonl") == 2
    assert workshop.site.paths().count("/hook") == 1
    assert {Path(file).suffix for file in kept.splitlines() if "/" in file} == {".gz", ".cdxj"}
    assert (repository.clone / "exports" / "budgets.csv").stat().st_size > 1000
    assert (repository.clone / "exports" / "budgets.jsonl").stat().st_size > 1000
    assert (repository.clone / "exports" / "feed.atom").read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("number", "is_limit", "code"),
    [
        (signal.SIGALRM, True, 124),  # what `timeout` is told when the time is up (timeout(1))
        (signal.SIGINT, False, -signal.SIGINT),  # what GitHub sends first to a step that is cancelled
    ],
)
def test_a_run_that_is_ended_is_kept_and_gone_on_with(
    workshop: Workshop, tmp_path: Path, number: signal.Signals, is_limit: bool, code: int
) -> None:
    workshop.settings(sources(workshop.site, "a", "b"))
    workshop.site.answers["/a"] = answer(page())
    repository = Repository(workshop, tmp_path)
    with hanging(workshop.site, "/b") as asked, repository.begin(repository.run) as step:
        assert asked.wait(30)
        os.kill(int(repository.limit.read_text()) if is_limit else step.pid, number)
        said, _ = step.communicate(timeout=10)
    assert (step.returncode, "all visits that were archived are kept" in said) == (code, True)
    assert repository.do(repository.commit) == [0]
    assert [Path(file).parts[0] for file in repository.committed()] == [".run-begun", "snapshots", "sources.toml"]
    workshop.site.answers["/b"] = answer(page())
    workshop.site.requests.clear()
    repository.git("clean", "--quiet", "--force", "-d", "-x")  # the next run has a machine of its own
    assert repository.do(repository.rebuild, repository.run, repository.commit) == [0, 0, 0]
    assert workshop.site.paths()[-1] == "/b"
    assert "/a" not in workshop.site.paths()
    assert {Path(file).parts[1:2] for file in repository.committed()} == {("a",), ("b",), ()}
    assert ".run-begun" not in repository.committed()
    assert command("verify", where=repository.clone).returncode == 0


# The command


@with_systemd
def test_the_command_writes_what_systemd_takes_and_says_what_to_do(workshop: Workshop) -> None:
    where = workshop.path
    done = command("schedule", "systemd", "--at", "04:17", "--output", "units", where=where)
    assert done.returncode == 0
    assert "systemctl daemon-reload && systemctl enable --now pref-scraper-" in done.stderr
    units = done.stdout.splitlines()
    assert [Path(unit).suffixes for unit in units] == [[".service"], [".timer"], [".service"]]
    assert analyze("verify", *(where / unit for unit in units)).stderr == ""
    assert f"ExecStart={SCRIPT} run" in (where / units[0]).read_text("utf-8").splitlines()
    assert f"User={where.owner()}" in (where / units[0]).read_text("utf-8").splitlines()
    again = command("schedule", "systemd", "--at", "05:01", "--output", "units", where=where)
    assert (again.returncode, "05:01:00 Asia/Tokyo" in (where / units[1]).read_text("utf-8")) == (0, True)
    (where / units[2]).write_text("mine\n")
    before = (where / units[0]).read_text("utf-8")
    refused = command("schedule", "systemd", "--output", "units", where=where)
    assert refused.returncode == 2
    assert "is not of this archive's schedule: move it away; nothing was written" in said(refused)
    assert (where / units[0]).read_text("utf-8") == before


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_what_is_printed_is_what_is_written(workshop: Workshop, scheduler: str) -> None:
    """An archive has the same time whenever it is asked; as JSON, files by their names."""
    plain = command("schedule", scheduler, where=workshop.path)
    given = json.loads(command("schedule", scheduler, "--json", where=workshop.path).stdout)
    command("schedule", scheduler, "--output", ".", where=workshop.path)
    assert {name: (workshop.path / name).read_text("utf-8") for name in given} == given
    assert all(text in plain.stdout for text in given.values())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("cron", "--package", "x"), "--package is for github; cron runs the program that is installed here"),
        (("systemd", "--output", "sources.toml/units"), "sources.toml/units cannot be written (Not a directory)"),
    ],
)
def test_wrong_usage_gets_a_sentence(workshop: Workshop, words: tuple[str, ...], sentence: str) -> None:
    done = command("schedule", *words, where=workshop.path)
    assert done.returncode == 2
    assert sentence in said(done)


@pytest.mark.parametrize("words", [("launchd",), ("cron", "--at", "25:00"), ("cron", "--at", "noon")])
def test_words_that_it_does_not_know_are_wrong_usage(workshop: Workshop, words: tuple[str, ...]) -> None:
    assert command("schedule", *words, where=workshop.path).returncode == 2
