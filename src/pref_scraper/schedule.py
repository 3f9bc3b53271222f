"""Schedules for other people's schedulers: systemd units, a crontab line, a GitHub workflow; pure text.

In go what is to run where and when, out come files by name, and what to do with them. Each
visits the sources once a day at a time in Japan, late by a random while, and tells a failure,
which is any exit code but 0. None starts a second run beside a first: systemd and GitHub wait
for it, and with cron the second finds the archive held (exit code 6).

A path with a quote, a backslash or a control character is refused with UsageError: schedulers read
these each in their own way, and systemd starts no program that has one in its name.
"""

import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .errors import UsageError

_JAPAN = timedelta(hours=9)  # ahead of UTC; it knows no summer time
_LATE = timedelta(minutes=30)
_HOURS = range(1, 6)  # of the night in Japan, in which a visit is in nobody's way


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to run: the program's words, in an archive's directory, as its owner, at a time in Japan.

    `here` is how far the machine's own clock is ahead of UTC; `package` is what pip installs elsewhere.
    """

    archive: str
    program: tuple[str, ...]
    owner: str
    at: time
    here: timedelta
    package: str

    def __post_init__(self) -> None:
        for text in (self.archive, *self.program, self.package):
            if re.search(r"[\"'\\\x00-\x1f\x7f]", text):
                raise UsageError(f"{text!r} has a quote, a backslash or a control character: give it a name without")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Files by their names, each with `mark` as its first line; and where they go and what is done then, line by line."""

    mark: str
    files: Mapping[str, str]
    advice: tuple[str, ...]


def chosen(seed: str) -> time:
    """A time of the night at an odd minute: always the same for a seed, and another one for most others."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    hour, half_minute = divmod(number % (len(_HOURS) * 30), 30)
    return time(_HOURS[hour], 2 * half_minute + 1)


def _shifted(at: time, by: timedelta) -> time:
    """The time of day so much later."""
    return (datetime.combine(date(2000, 1, 2), at) + by).time()


# systemd

_SERVICE = """\
{mark}
[Unit]
Description=Visits the sources of {archive}
Wants=network-online.target
After=network-online.target
OnFailure={name}-failed.service

[Service]
Type=oneshot
User={owner}
WorkingDirectory={archive}
# PREF_SCRAPER_NOTIFY, where anybody is to be told: such addresses hold passwords, and units can be read by all.
EnvironmentFile=-/etc/{name}.env
ExecStart={program} run
TimeoutStartSec=6h
Nice=10

# It needs the network and its own directory.
ReadWritePaths={writable}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
CapabilityBoundingSet=
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""
_TIMER = """\
{mark}
[Unit]
Description=Every day at {at} in Japan, or at the next start of the machine

[Timer]
OnCalendar=*-*-* {at}:00 Asia/Tokyo
RandomizedDelaySec={late}min
AccuracySec=1min
Persistent=true

[Install]
WantedBy=timers.target
"""
# systemd turns $$ into $ and tells the exit code in MONITOR_EXIT_STATUS (since version 251).
_FAILED = """\
{mark}
[Unit]
Description=Tells that a visit to the sources of {archive} failed

[Service]
Type=oneshot
User={owner}
WorkingDirectory={archive}
# Into the journal as an error, and by mail to {owner} where the machine can send any.
ExecStart=/bin/sh -c '\\
  tell() {{ \\
    echo "pref-scraper run in $$PWD ended with exit code $${{MONITOR_EXIT_STATUS:-unknown}}."; \\
    "$$@" status 2>&1; \\
    echo "What it printed: journalctl -u {name}.service"; \\
  }}; \\
  tell "$$@" | sed "s/^/<3>/"; \\
  if command -v sendmail >/dev/null; then \\
    {{ echo "To: $$USER"; echo "Subject: pref-scraper run failed on $$(uname -n)"; \\
      echo "Content-Type: text/plain; charset=UTF-8"; echo; tell "$$@"; }} | sendmail -t; \\
  fi' sh {arguments}
"""


def _systemd(job: Job) -> Schedule:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", job.archive).strip("-")
    name = f"pref-scraper-{slug}" if slug else "pref-scraper"
    mark = f"# Made by pref-scraper for {job.archive}"
    facts = {
        "mark": mark,
        "name": name,
        "archive": job.archive.replace("%", "%%"),
        "writable": _unit_word(job.archive),
        "owner": job.owner,
        "program": " ".join((_unit_word(job.program[0]), *(_unit_word(word, "$$") for word in job.program[1:]))),
        "arguments": " ".join(_unit_word(word, "$$") for word in job.program),
        "at": f"{job.at:%H:%M}",
        "late": _LATE.seconds // 60,
    }
    texts = {f"{name}.service": _SERVICE, f"{name}.timer": _TIMER, f"{name}-failed.service": _FAILED}
    return Schedule(
        mark=mark,
        files={file: text.format(**facts) for file, text in texts.items()},
        advice=(
            "as root, put the files into /etc/systemd/system (--output does so), then:",
            f"  systemctl daemon-reload && systemctl enable --now {name}.timer",
            f"  systemctl list-timers {name}.timer     when it runs next",
            f"  systemctl start {name}.service         a first run, now",
            f"  journalctl -u {name}.service           what it printed",
        ),
    )


def _unit_word(word: str, dollar: str = "$") -> str:
    """A word of a unit's value (systemd.syntax(7), Quoting): in quotes where it needs them, without specifiers.

    In a command's arguments, though not in its path, a dollar sign is written twice (systemd.service(5), Command lines).
    """
    escaped = word.replace("%", "%%").replace("$", dollar)
    return escaped if re.fullmatch(r"[\w@%+=:,./-]+", escaped, re.ASCII) else f'"{escaped}"'


# cron

_CRONTAB = """\
{mark}
# {at} in Japan is {there} by this machine's clock, which is {zone}. Where that has summer time, the
# visit is an hour off for half of the year; cron knows no other time zone on every system.
# cron mails what a line prints, and this one prints only when a run failed.
{minute} {hour} * * * {command}
"""
_PAUSE = "awk -v p=$$ 'BEGIN {{ srand(); srand(srand() + p); print int(rand() * {late}) }}'"
_COMMAND = (
    'cd {archive} && sleep "$({pause})" && {{ said="$({program} run 2>&1)" || '
    '{{ echo "pref-scraper run in $PWD ended with exit code $?:"; echo "$said"; }}; }}'
)


def _cron(job: Job) -> Schedule:
    mark = f"# Made by pref-scraper for {job.archive}"
    there = _shifted(job.at, job.here - _JAPAN)
    command = _COMMAND.format(
        archive=shlex.quote(job.archive),
        pause=_PAUSE.format(late=_LATE.seconds),
        program=shlex.join(job.program),
    )
    text = _CRONTAB.format(
        mark=mark,
        at=f"{job.at:%H:%M}",
        there=f"{there:%H:%M}",
        zone=_zone(job.here),
        minute=there.minute,
        hour=there.hour,
        command=command.replace("%", "\\%"),  # crontab(5): a bare % ends the command
    )
    return Schedule(
        mark=mark,
        files={"pref-scraper.cron": text},
        advice=(
            f"as {job.owner}, put the line into the crontab with `crontab -e`; `crontab -l` shows it",
            "MAILTO=address above it says who is told of a failure; it needs a machine that sends mail",
            "`pref-scraper status --every 1d` says whether the runs take place",
        ),
    )


def _zone(ahead: timedelta) -> str:
    """UTC+09:00"""
    minutes = int(ahead.total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


# GitHub

_GITHUB_MARK = "# Made by pref-scraper for this repository, which holds an archive: sources.toml and snapshots/"
_WORKFLOW = """\
{mark}
name: pref-scraper

on:
  schedule:
    - cron: "{minute} {hour} * * *" # UTC: {at} in Japan
  workflow_dispatch:

permissions: {{}}

concurrency: # a run waits for the one before it
  group: pref-scraper
  cancel-in-progress: false

jobs:
  run:
    name: Visit the sources
    runs-on: ubuntu-24.04
    timeout-minutes: 300 # more than the visits may take, so that they can be committed
    permissions:
      contents: write # to commit snapshots/
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: true # for the push below
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - name: Install pref-scraper
        run: python -m pip install "$PACKAGE"
        env:
          PACKAGE: '{package}'
      - name: Make archive.db, which is not committed
        run: pref-scraper rebuild
      - name: Visit the sources, late by a random while and for four hours at most
        run: sleep "$((RANDOM % {late}))" && exec timeout 4h pref-scraper run
        env:
          PREF_SCRAPER_NOTIFY: ${{{{ secrets.PREF_SCRAPER_NOTIFY }}}} # nobody is told where there is none
      - name: Commit what was received, also where a source failed or the run was ended
        if: ${{{{ always() }}}}
        run: |
          git config user.name "pref-scraper"
          git config user.email "pref-scraper@users.noreply.github.com"
          git add snapshots
          git rm --quiet --cached --ignore-unmatch .run-begun # a run that was ended leaves it to the next one
          for file in notices.jsonl .run-begun; do [ ! -e "$file" ] || git add "$file"; done
          git diff --cached --quiet || git commit --quiet --message "Keep the visits of $(date -u +%Y-%m-%d)"
          git pull --quiet --rebase
          git push --quiet
      - name: Export what the pages say now
        if: ${{{{ !cancelled() }}}}
        run: |
          pref-scraper export --format csv exports
          pref-scraper export --format jsonl exports
          pref-scraper feed --output exports/feed.atom
      - uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0
        if: ${{{{ !cancelled() }}}}
        with:
          name: exports
          path: exports
          if-no-files-found: error
"""
_PAUSE_AT_GITHUB = 300
"""Seconds: what it starts by itself is late by minutes already, and a waiting machine is paid for."""


def _github(job: Job) -> Schedule:
    utc = _shifted(job.at, -_JAPAN)
    text = _WORKFLOW.format(
        mark=_GITHUB_MARK,
        minute=utc.minute,
        hour=utc.hour,
        at=f"{job.at:%H:%M}",
        package=job.package,
        late=_PAUSE_AT_GITHUB,
    )
    return Schedule(
        mark=_GITHUB_MARK,
        files={".github/workflows/pref-scraper.yml": text},
        advice=(
            "put the file into a repository that holds sources.toml and snapshots/ (`--output .` there), then:",
            "  commit it, push, and run it by hand once: Actions, pref-scraper, Run workflow",
            "a failed run is mailed by GitHub to whom its settings name; the exports hang at each run as an artifact",
        ),
    )


WRITERS: dict[str, Callable[[Job], Schedule]] = {"systemd": _systemd, "cron": _cron, "github": _github}
"""By scheduler: what makes its files of a job."""


def printed(files: Mapping[str, str]) -> Iterable[str]:
    """The files one after another; several have their names above them."""
    for name, text in files.items():
        yield from (f"# {name}",) if len(files) > 1 else ()
        yield text.removesuffix("\n")
