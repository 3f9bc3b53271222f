"""What archive.db has of a visit: a capture, and shorter accounts of it; pure."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """取得: one visit to a source, whatever came of it; a row of `captures` and why it is so.

    `arrived_at` is when it came into the archive, `parser_version` what read its page, None where none was read.
    """

    capture_id: str
    source_id: str
    url: str
    captured_at: str
    outcome: str
    http_status: int | None
    payload_digest: str | None
    text_digest: str | None
    warc_file: str
    warc_offset: int
    warc_record_id: str
    arrived_at: str
    parser_version: int | None = None
    previous_capture_id: str | None = None
    reason: str | None = None
    records: int | None = None


class Outcome(NamedTuple):
    """What came of a capture, and why; its time as `captures` has it."""

    capture_id: str
    captured_at: str
    outcome: str
    reason: str | None


class Last(NamedTuple):
    """The newest capture of a source, which was described so then; `outcome` is None of one that is not loaded."""

    source_id: str
    url: str
    content: str | None
    encoding: str | None
    captured_at: str
    outcome: str | None
    warc_file: str
    warc_offset: int
    warc_record_id: str


class Standing(NamedTuple):
    """Where what is kept of the newest captures stands: at a source's `capture_id`, as the page of `read_id` says.

    Without `read_id` the source says something else by now. `body_id` was the last of them that was answered 200, None where none was. `number` is the source's, from 0 in order
    of the first captures.
    """

    source_id: str
    capture_id: str
    read_id: str | None
    body_id: str | None
    number: int


class Named(NamedTuple):
    """What a project was called from one capture on, until another where that has come; `series` is it in one width."""

    record_id: str
    name: str
    series: str
    valid_from: str
    valid_to: str | None


def capture_id(source_id: str, captured_at: str) -> str:
    """`mie-npo-20261122T232047Z`: from source and time alone, so that no other capture's coming changes it.

    The ids of one source sort by time, also with the number that a second capture within one second has behind it.
    """
    return f"{source_id}-{captured_at.replace('-', '').replace(':', '')}"
