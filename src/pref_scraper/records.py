"""The vocabulary: what a page says, as records; what a visit brings, as captures.

Plain values that cross the borders between modules. Column names are those of the
views of archive.db, in their order.
"""

import dataclasses
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, kw_only: bool, slots: bool) -> Any:
        """A dataclass that only the type checker freezes and calls by keyword: at runtime both cost more than the rest."""
        assert frozen
        assert kw_only
        return dataclass(slots=slots, unsafe_hash=True)


R = TypeVar("R", bound="Record")

BODY = "text"
CHROME = "chrome"
PLACE = "place"
OWNER = "owner"


def _chrome() -> Any:
    """A field that stands outside the body: kept with the capture, never compared."""
    return field(metadata={"role": CHROME})


def _place() -> Any:
    """A printed number or a position: a change of it alone is a move."""
    return field(metadata={"role": PLACE})


def _owner() -> Any:
    """Says which project a budget belongs to: compared there and not again here."""
    return field(metadata={"role": OWNER})


@record(frozen=True, slots=True, kw_only=True)
class Record:
    """Something the page says. `text[text_start:text_end]` of the visible text is its place."""

    text_start: int
    text_end: int


@record(frozen=True, slots=True, kw_only=True)
class PageInfo(Record):
    """The page itself; `headings` are those of the body that name no field."""

    title: str | None
    page_id: str | None = _chrome()
    updated_on: str | None = _chrome()
    headings: tuple[str, ...]
    breadcrumbs: tuple[str, ...] = _chrome()
    organization: tuple[str, ...] = _chrome()
    contact: tuple[str, ...] = _chrome()


@record(frozen=True, slots=True, kw_only=True)
class Year(Record):
    """A fiscal year's section; `heading` is the whole printed line."""

    position: int = _place()
    fiscal_year: int
    era: str | None
    heading: str
    subtitle: str | None


@record(frozen=True, slots=True, kw_only=True)
class Measure(Record):
    """施策: the first level of the plan."""

    fiscal_year: int
    code: str
    name: str


@record(frozen=True, slots=True, kw_only=True)
class BasicProject(Record):
    """基本事業: the second level. A code means something only within its fiscal year."""

    fiscal_year: int
    position: int = _place()
    code: str
    name: str


@record(frozen=True, slots=True, kw_only=True)
class Purpose(Record):
    """施策の目的: whom or what the measure is for, and to what end."""

    fiscal_year: int
    target: str | None
    intent: str | None


@record(frozen=True, slots=True, kw_only=True)
class Target(Record):
    """数値目標: one indicator with its target and its last known actual value."""

    fiscal_year: int
    position: int = _place()
    item: str
    target_year: int | None
    target_value: int | float | None
    target_printed: str | None
    actual_year: int | None
    actual_value: int | float | None
    actual_printed: str | None
    unit: str | None
    note: str | None


@record(frozen=True, slots=True, kw_only=True)
class Statement(Record):
    """A sentence or list item: `kind` is issue, direction or activity."""

    fiscal_year: int
    kind: str
    group_name: str | None
    position: int = _place()
    text: str


@record(frozen=True, slots=True, kw_only=True)
class Project(Record):
    """事業: a named project, as one fiscal year's section lists it."""

    fiscal_year: int
    position: int = _place()
    ordinal: int | None = _place()
    flag: str | None
    name: str
    group_name: str | None
    basic_project_code: str | None
    basic_project_name: str | None
    account: str | None
    overview: str | None


@record(frozen=True, slots=True, kw_only=True)
class Budget(Record):
    """予算額: one printed figure, for `budget_year`, in the section of `fiscal_year`.

    `amount_yen` is None where a dash is printed; `basis` is the label, None without one.
    """

    fiscal_year: int
    project_position: int = _owner()
    project: str = _owner()
    budget_year: int
    amount_yen: int | None
    printed: str
    basis: str | None


@record(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """Something printed that could not be read as its neighbours are: kept, never repaired."""

    kind: str
    message: str
    printed: str


@record(frozen=True, slots=True, kw_only=True)
class Unread(Record):
    """What stands in the body and in no record."""

    text: str


VIEWS: dict[str, type[Record]] = {
    "pages": PageInfo,
    "years": Year,
    "measures": Measure,
    "basic_projects": BasicProject,
    "purposes": Purpose,
    "targets": Target,
    "statements": Statement,
    "projects": Project,
    "budgets": Budget,
    "problems": Problem,
    "unread": Unread,
}

GOOD = ("new", "changed", "unchanged", "not_modified")
"""The outcomes of captures that are believed."""

# Not records of the page's content: their number does not tell whether a page was read.
ASIDE = frozenset({"pages", "problems", "unread"})
_CONTENT = tuple(view for view in VIEWS if view not in ASIDE)


@cache
def columns(view: str, *roles: str) -> tuple[str, ...]:
    """The names of a view's own columns, in order; only those of the roles, if any are given."""
    own = [f for f in dataclasses.fields(VIEWS[view]) if f.name not in ("text_start", "text_end")]
    return tuple(f.name for f in own if not roles or f.metadata.get("role", BODY) in roles)


def as_row(view: str, record: Record) -> dict[str, Any]:
    """A record as a dict in the order of its view, `text_start` and `text_end` last."""
    return {name: getattr(record, name) for name in (*columns(view), "text_start", "text_end")}


_VALUES = {kind: operator.attrgetter(*kind.__dataclass_fields__) for kind in VIEWS.values()}


def make(view: str, start: int, end: int, values: Iterable[Any]) -> Record:
    """A record of a view from its place and its own columns' values, in their order."""
    kind: Any = VIEWS[view]
    return cast("Record", kind(start, end, *values))


def shifted(record: R, by: int) -> R:
    """The same record, standing this many characters further down."""
    make: Any = type(record)
    start, end, *rest = _VALUES[make](record)
    return cast("R", make(start + by, end + by, *rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What the page declared, what decoded it, and how many characters became U+FFFD."""

    declared: str | None
    used: str
    replaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Non-space characters of the body, and how many of them stand in a record."""

    characters: int
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that one page says. `text` is its visible text: title, then body, a line each."""

    text: str
    page: PageInfo
    years: tuple[Year, ...]
    measures: tuple[Measure, ...]
    basic_projects: tuple[BasicProject, ...]
    purposes: tuple[Purpose, ...]
    targets: tuple[Target, ...]
    statements: tuple[Statement, ...]
    projects: tuple[Project, ...]
    budgets: tuple[Budget, ...]
    problems: tuple[Problem, ...]
    unread: tuple[Unread, ...]
    encoding: Encoding
    coverage: Coverage

    def records(self) -> Iterator[tuple[str, Record]]:
        """Every record with the name of its view, views in order, records in page order."""
        for view in VIEWS:
            for record in self.of(view):
                yield view, record

    def of(self, view: str) -> tuple[Record, ...]:
        """The records of a view, in page order."""
        return (self.page,) if view == "pages" else getattr(self, view)

    def count(self) -> int:
        """How many records of content the page has: without the page itself, problems and unread."""
        return sum(len(getattr(self, view)) for view in _CONTENT)

    def to_dict(self) -> dict[str, Any]:
        """The object that `parse` prints."""
        lists = {view: [as_row(view, record) for record in getattr(self, view)] for view in VIEWS if view != "pages"}
        return {
            "page": as_row("pages", self.page),
            **lists,
            "encoding": dataclasses.asdict(self.encoding),
            "coverage": dataclasses.asdict(self.coverage),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """対象ページ: one page that is archived over time. `delay_seconds` lie between two requests."""

    id: str
    url: str
    name: str
    publisher: str | None = None
    delay_seconds: float = 1.0
    content: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What secured a connection: the protocol's version, the cipher, the digest of the server's certificate.

    As `TLSv1.3`, `TLS_AES_256_GCM_SHA384`, and `sha256:` with the hex digest of the certificate in DER.
    """

    version: str
    cipher: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, each byte as it crossed the wire (above TLS).

    `interim` are the 1xx heads that came before the `response`; `payload` is the answer
    without its transfer coding; `truncated` is the reason of WARC-Truncated (length, time,
    disconnect) where the answer was cut. `retried` says why the request was made again.
    """

    url: str
    request: bytes
    response: bytes
    status: int | None
    location: str | None = None
    payload: bytes = b""
    address: str | None = None
    truncated: str | None = None
    interim: bytes = b""
    tls: Tls | None = None
    retried: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit to a source: its exchanges in order, robots.txt and redirects before the answer.

    `answer` is the exchange that brought the page, None where nothing did; `error` says why.
    Before `retry_at` the host `retry_host` wants no request (Retry-After). `origin` says where a visit
    was found that was made elsewhere, as `{"file": "…", "record": "<urn:uuid:…>"}`.
    """

    source: Source
    at: datetime
    exchanges: tuple[Exchange, ...]
    answer: Exchange | None
    error: str | None = None
    retry_at: datetime | None = None
    retry_host: str | None = None
    origin: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A visit as it stands in snapshots/.

    `file` is relative to snapshots/; `offset` that of the answer's record, of the visit's
    metadata record where there was no answer. `refers_to` is the record whose body a
    revisit stands for. It `arrived` with its visit, or later where a file was begun after it:
    what was visited elsewhere and brought here.
    """

    source: Source
    url: str
    at: datetime
    arrived: datetime
    file: str
    offset: int
    record_id: str
    status: int | None
    content_type: str | None
    payload_digest: str | None
    refers_to: str | None
    truncated: str | None
    error: str | None
    retry_at: datetime | None = None
    retry_host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the last good capture allows to ask: has this page changed since?

    `record_id`, `url` and `date` name the record that a revisit refers to.
    """

    etag: str | None
    last_modified: str | None
    payload_digest: str
    record_id: str
    url: str
    date: str

    def ask(self, url: str) -> dict[str, str]:
        """The conditions of a request for this address (RFC 9110, 13.1); empty where none can be made."""
        if url != self.url:
            return {}
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value and value.isprintable()}


@record(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed field; added, removed and reappeared are one row with `field` None.

    `project_id`, `project` and `project_position` are the record_id, the name and the place of the project where it is one that
    changed, or a budget of one; they are no columns of `changes`.
    """

    record: str
    record_id: str
    fiscal_year: int | None
    label: str
    change: str
    field: str | None = None
    old: Any = None
    new: Any = None
    project_id: str | None = None
    project: str | None = None
    project_position: int | None = None


def format_time(at: datetime) -> str:
    """UTC, ISO 8601 with Z, whole seconds: `2026-11-22T23:20:47Z`."""
    return f"{at.astimezone(UTC).isoformat(timespec='seconds').removesuffix('+00:00')}Z"
