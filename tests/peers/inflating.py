"""What no reader of an archive can do without: each WARC file read, each gzip member inflated, each record hashed.

python -m tests.peers.inflating FOLDER
"""

import hashlib
import sys
import zlib
from pathlib import Path


def main() -> None:
    """Reads all WARC files below a folder."""
    for path in sorted(Path(sys.argv[1]).rglob("*.warc.gz")):
        rest = path.read_bytes()
        offset = 0
        while offset < len(rest):
            offset += _inflated(memoryview(rest)[offset:])


def _inflated(rest: memoryview) -> int:
    """The length of the first member of these bytes, which is inflated and hashed."""
    inflate, taken = zlib.decompressobj(31), 0
    digest = hashlib.sha256()
    while not inflate.eof:
        piece = rest[taken : taken + 65536]
        digest.update(inflate.decompress(piece))
        taken += len(piece)
    return taken - len(inflate.unused_data)


if __name__ == "__main__":
    main()
