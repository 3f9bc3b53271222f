"""The bytes of a page without what its scripts say, so that pages are known to read the same without being read; pure.

Many servers write another token into a script of each answer. `frame` is a digest of all other bytes, and of where
and how long the scripts are that it leaves out; only what is plain is left out: printed ASCII and white space without `<`,
which cannot end a script (WHATWG HTML, 13.2.5.4), be part of another sign, or speak of the encoding. Whether they are
scripts to the parser, too, and not in a comment or an attribute, `are_scripts` looks up in its tree. Where they
are, every page of that frame reads the same: up to each of them the parser reads the same bytes, and in it it stays
in it, whatever it says, up to the same end.
"""

import hashlib
import re
from collections.abc import Iterator

from .document import script_texts
from .encoding import decode

_COMMENT, _COMMENT_END, _END = b"<!--", b"-->", b"</script"
_OPENED = re.compile(rb"<(?:!--|script[^>]*>)")
_PLAIN = re.compile(rb"[\t\n\r -;=-~]*")
# Signs of encodings whose letters may be parts of other signs: ISO-2022-JP, and UTF-16.
_SHIFTING = (b"\x1b", b"\0")
# In these, no byte of a longer sign is one that a script begins or ends with.
_STEADY = frozenset({"utf-8", "cp932", "shift_jis_2004", "euc_jp", "euc_jis_2004"})


Frame = tuple[bytes, tuple[tuple[int, int], ...]]
"""The digest of the bytes that are not left out, and where each stretch begins and ends that is."""


def frame(body: bytes) -> Frame | None:
    """What pages have in common that differ in nothing but the words of their scripts; None where it cannot be told."""
    if any(sign in body for sign in _SHIFTING):
        return None
    left_out = [span for span in _spans(body) if _PLAIN.fullmatch(body, *span)]
    digest = hashlib.sha256()
    done = 0
    for start, end in left_out:
        digest.update(body[done:start])
        done = end
    digest.update(body[done:])
    return digest.digest(), tuple(left_out)


def are_scripts(body: bytes, content_type: str | None, encoding: str | None) -> bool:
    """Whether what `frame` leaves out of a body is what the parser takes for its scripts; arguments are those of `parse`."""
    decoded = decode(body, content_type, encoding)
    if decoded.encoding.used not in _STEADY:
        return False
    found = [body[start:end] for start, end in _spans(body) if start < end]
    texts = script_texts(decoded)
    return len(found) == len(texts) and all(
        not _PLAIN.fullmatch(one) or _lines(one.decode("ascii")) == _lines(text)
        for one, text in zip(found, texts, strict=True)
    )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _spans(body: bytes) -> Iterator[tuple[int, int]]:
    """Where the text of each script seems to begin and end; what stands in a comment is none."""
    at = 0
    while found := _OPENED.search(body, at):
        start, ending = found.end(), _COMMENT_END if found[0] == _COMMENT else _END
        at = body.find(ending, start)
        if at < 0:
            return
        if ending == _END:
            yield start, at
