"""The bytes of a page without what its scripts say, so that pages are known to read the same without being read; pure.

Many servers write another token into a script of each answer. `frame` is a digest of all other bytes, and of where
and how long the scripts are that it leaves out; only what is plain is left out: printed ASCII and white space without `<`,
which cannot end a script (WHATWG HTML, 13.2.5.4), be part of another sign, or speak of the encoding. Whether they are
scripts to the parser, too, and not in a comment or an attribute, `are_scripts` tries out: it puts a word that stands
nowhere else into each, and looks for all of them in the tree of what stands up to the last one. Where they are, every
page of that frame that differs in them alone reads the same: up to each of them the parser reads the same bytes, and in it it
stays in it, whatever it says, up to the same end.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from .document import script_texts
from .encoding import decode

_COMMENT, _COMMENT_END, _END = b"<!--", b"-->", b"</script"
_OPENED = re.compile(rb"<(?:!--|script[^>]*>)")
# Not white space alone, since a page's body is looked for where anything else stands.
_PLAIN = re.compile(rb"[\t\n\r ]*[!-;=-~][\t\n\r -;=-~]*")
# Signs of encodings whose letters may be parts of other signs: ISO-2022-JP, and UTF-16.
_SHIFTING = (b"\x1b", b"\0")
# On the line of an XML declaration an encoding may be declared by whatever stands there.
_DECLARING = re.compile(rb"\s*<\?.*<script")
# In these, no byte of a longer sign is one that a script begins or ends with.
_STEADY = frozenset({"utf-8", "cp932", "shift_jis_2004", "euc_jp", "euc_jis_2004"})


Span = tuple[int, int]
Frame = tuple[bytes, tuple[Span, ...]]
"""The digest of the bytes that are not left out, and where each stretch begins and ends that is."""


def frame(body: bytes) -> Frame | None:
    """What pages have in common that differ in nothing but the words of their scripts; None where it cannot be told."""
    if any(sign in body for sign in _SHIFTING) or _DECLARING.match(body):
        return None
    left_out = _left_out(body)
    digest = hashlib.sha256()
    for part in _outside(body, left_out):
        digest.update(part)
    return digest.digest(), left_out


def differing(framed: Frame, body: bytes, other: bytes) -> list[Span]:
    """Where two bodies of one frame differ."""
    return [(start, end) for start, end in framed[1] if body[start:end] != other[start:end]]


def are_scripts(
    body: bytes, spans: Sequence[Span], content_type: str | None, content: str | None, encoding: str | None
) -> bool:
    """Whether these of the stretches that `frame` leaves out of a body are scripts to the parser, and read by nothing.

    The other arguments are those of `parse`.
    """
    words = [f"{hashlib.sha256(body).hexdigest()}-{number}" for number in range(len(spans))]
    first, *others = _outside(body, spans)
    tried = decode(first + b"".join(map(bytes.__add__, map(str.encode, words), others)), content_type, encoding)
    # A selector may ask what an element :contains, scripts and all.
    is_asked = content is not None and "contains" in content
    if tried.encoding.used not in _STEADY or is_asked:
        return False
    end = tried.text.index(words[-1]) + len(words[-1]) if words else 0
    return script_texts(tried, end).issuperset(words)


def _left_out(body: bytes) -> tuple[Span, ...]:
    return tuple(span for span in _spans(body) if _PLAIN.fullmatch(body, *span))


def _outside(body: bytes, left_out: Sequence[Span]) -> Iterator[bytes]:
    """What stands before, between and behind the stretches that are left out."""
    done = 0
    for start, end in left_out:
        yield body[done:start]
        done = end
    yield body[done:]


def _spans(body: bytes) -> Iterator[Span]:
    """Where the text of each script seems to begin and end; what stands in a comment is none."""
    at = 0
    while found := _OPENED.search(body, at):
        start, ending = found.end(), _COMMENT_END if found[0] == _COMMENT else _END
        at = body.find(ending, start)
        if at < 0:
            return
        if ending == _END:
            yield start, at
