"""Write EWF1 images: E01 as EnCase 5 and later write it, or SMART."""

import bz2
import hashlib
import struct
import zlib
from pathlib import Path


def adler(data):
    """Append the Adler-32 of `data`."""
    return data + struct.pack("<I", zlib.adler32(data))


def descriptor(kind, offset, size, following=None):
    """Write a section descriptor."""
    following = offset + size if following is None else following
    return adler(struct.pack("<16sQQ40x", kind.encode(), following, size))


def file_header(number, signature=b"EVF\x09\x0d\x0a\xff\x00"):
    """Write the 13 bytes at the start of a segment file."""
    return signature + struct.pack("<BHH", 1, number, 0)


def extension(number, letter="E"):
    """Name segment `number`: E01 … E99, EAA … EZZ, FAA …."""
    if number < 100:
        return f"{letter}{number:02d}"
    high, low = divmod(number - 100, 26)
    return chr(ord(letter) + high // 26) + chr(65 + high % 26) + chr(65 + low)


def volume(size, sectors_per_chunk, sector_size, identifier=bytes(16), smart=False, chunks=None, sectors=None):
    """Write the content of a volume section."""
    sectors = -(-size // sector_size) if sectors is None else sectors
    chunks = -(-sectors // sectors_per_chunk) if chunks is None else chunks
    if smart:
        return adler(struct.pack("<IIIII20x45x5s", 1, chunks, sectors_per_chunk, sector_size, sectors & 0xFFFFFFFF, b"SMART"))
    return adler(struct.pack("<IIIIQ40x16s963x5x", 1, chunks, sectors_per_chunk, sector_size, sectors, identifier))


class Segment:
    """One segment file in the making."""

    def __init__(self, number, signature=b"EVF\x09\x0d\x0a\xff\x00"):
        self.data = bytearray(file_header(number, signature))
        self.places = {}
        """Offset of the last section of each type."""

    def section(self, kind, content=b"", size=None, following=None):
        self.places[kind] = len(self.data)
        size = 76 + len(content) if size is None else size
        self.data += descriptor(kind, len(self.data), size, following) + content

    def end(self, kind):
        self.section(kind, following=len(self.data), size=0)


def store(chunk, compressed):
    """Return a chunk as it lies in the file."""
    return zlib.compress(chunk) if compressed else adler(chunk)


def segments(
    data,
    *,
    chunks_per_table=8,
    tables_per_segment=1,
    sectors_per_chunk=8,
    sector_size=512,
    based=True,
    smart=False,
    compressed=lambda number: number % 3 != 0,
    identifier=bytes(16),
    hashes=True,
    errors=(),
    volume_options=None,
):
    """Return the segments of an image of `data` as `Segment` objects, first one first."""
    size = sectors_per_chunk * sector_size
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    tables = [chunks[start : start + chunks_per_table] for start in range(0, len(chunks), chunks_per_table)] or [[]]
    head = volume(len(data), sectors_per_chunk, sector_size, identifier, smart, **(volume_options or {}))
    result, number = [], 0
    for first in range(0, len(tables), tables_per_segment):
        segment = Segment(len(result) + 1)
        if not result:
            segment.section("header", zlib.compress(b"1\nmain\nc\tn\n\n\n"))
            segment.section("volume", head)
        elif not smart:
            segment.section("data", head)
        for table in tables[first : first + tables_per_segment]:
            stored = [store(chunk, compressed(number + index)) for index, chunk in enumerate(table)]
            start = len(segment.data) + 76 + (24 + 4 * len(table) if smart else 0)
            base = start - 76 if based and not smart else 0
            entries = []
            for index, one in enumerate(stored):
                entries.append((start - base) | (compressed(number + index) << 31))
                start += len(one)
            header = adler(struct.pack("<I4xQ4x", len(table), base))
            packed = struct.pack(f"<{len(entries)}I", *entries)
            if smart:
                segment.section("table", header + packed + b"".join(stored))
            else:
                segment.section("sectors", b"".join(stored))
                segment.section("table", header + adler(packed))
                segment.section("table2", header + adler(packed))
            number += len(table)
        result.append(segment)
        if first + tables_per_segment < len(tables):
            segment.end("next")
    last = result[-1]
    if errors:
        last.section("error2", adler(struct.pack("<I512x", len(errors))) + adler(b"".join(struct.pack("<II", *pair) for pair in errors)))
    if hashes:
        md5 = hashlib.md5(data).digest()
        last.section("digest", adler(struct.pack("<16s20s40x", md5, hashlib.sha1(data).digest())))
        last.section("hash", adler(struct.pack("<16s16x", md5)))
    last.end("done")
    return result


def write(folder: Path, data, stem="image", letter="E", **options):
    """Write an image of `data`; return the path of its first segment."""
    paths = []
    for number, segment in enumerate(segments(data, **options), 1):
        paths.append(folder / f"{stem}.{extension(number, letter)}")
        paths[-1].write_bytes(segment.data)
    return paths[0]


def _text(*lines, method=1):
    return _press(("\ufeff" + "\n".join(lines) + "\n").encode("utf-16-le"), method)


def _press(data, method):
    return bz2.compress(data) if method == 2 else zlib.compress(data)


def write_ex01(folder: Path, data, stem="image", *, chunks_per_segment=64, sectors_per_chunk=8, sector_size=512, hashes=True, method=1):
    """Write an EWF2 image (Ex01) of `data`; return the path of its first segment."""
    size = sectors_per_chunk * sector_size
    chunks = [data[start : start + size].ljust(size, b"\0") for start in range(0, len(data), size)]
    groups = [chunks[start : start + chunks_per_segment] for start in range(0, len(chunks), chunks_per_segment)]
    paths = []
    for number, group in enumerate(groups, 1):
        file = bytearray(b"EVF2\r\n\x81\0" + struct.pack("<BBHI16s", 2, 1, method, number, bytes(range(16))))
        previous = 0

        def section(kind, content, file=file):
            nonlocal previous
            padding = -len(content) % 16
            file.extend(content + bytes(padding))
            digest = hashlib.md5(content + bytes(padding)).digest() if content else bytes(16)
            head = struct.pack("<IIQQII16s12x", kind, 1 if content else 0, previous, len(content) + padding, 64, padding, digest)
            previous = len(file)
            file.extend(adler(head))

        names = "sn\tmd\tlb\tts\thc\tdc\tdt\tpid\trs\tls\tbp\tph"
        section(1, _text("2", "main", names, f"\t\t\t{len(data) // sector_size}\t\t\tf\t\t\t\t{sector_size}\t1", "", method=method))
        names = "nm\tcn\ten\tex\tnt\tav\tos\ttt\tat\ttb\tcp\tsb\tgr\twb"
        section(2, _text("1", "main", names, "\t" * 9 + f"{len(chunks)}\t\t{sectors_per_chunk}\t64\t", "", method=method))
        body, entries = bytearray(), bytearray()
        start = len(file)
        for index, chunk in enumerate(group):
            if chunk == chunk[:8] * (size // 8):
                entries += chunk[:8] + struct.pack("<II", 0, 5)
                continue
            stored, flags = (_press(chunk, method), 1) if index % 3 and method else (adler(chunk), 2)
            entries += struct.pack("<QII", start + len(body), len(stored), flags)
            body += stored
        section(3, bytes(body))
        header = adler(struct.pack("<QI4x", (number - 1) * chunks_per_segment, len(group))) + bytes(12)
        section(4, header + bytes(entries) + struct.pack("<I12x", zlib.adler32(entries)))
        if number == len(groups):
            if hashes:
                section(8, adler(hashlib.md5(data).digest()) + bytes(12))
                section(9, adler(hashlib.sha1(data).digest()) + bytes(8))
            section(15, b"")
        else:
            section(13, b"")
        paths.append(folder / f"{stem}.Ex{number:02d}")
        paths[-1].write_bytes(file)
    return paths[0]


def list_of_files(files, written=1_500_000_000, columns=("p", "n", "id", "ls", "be", "cr", "wr", "ha")):
    """Return the text of the list in an L01, and the content of all files; `files` is path -> bytes, None for a folder."""
    content = b""
    known = dict(files)
    for path in files:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            known.setdefault("/".join(parts[:depth]), None)

    def row(**values):
        return "\t".join(values.get(name, "") for name in columns)

    def entry(path):
        nonlocal content
        below = sorted(one for one in known if one and one.rpartition("/")[0] == path and one != path)
        held = known.get(path)
        name = path.rpartition("/")[2]
        if held is None:
            lines = [f"{26 if path else 0}\t{len(below)}", row(p="1", n=name, id="1")]
        else:
            extents = f"1 {len(content):x} {len(held):x}" if held else ""
            content += held
            times = {"cr": str(written), "wr": str(written + 1)}
            lines = ["26\t0", row(n=name, id="2", ls=str(len(held)), be=extents, ha=hashlib.md5(held).hexdigest(), **times)]
        return [*lines, *(line for one in below for line in entry(one))]

    entries = entry("")
    text = [
        *("5", "rec", "tb", str(len(content)), ""),
        *("perm", "0\t1", "p\tn\ts\tpr\tnta\tnti", "0\t0", "\t\t\t10\t\t", ""),
        *("srce", "0\t1", "p\tn\tid", "0\t0", "\t\t", ""),
        *("sub", "0\t1", "p\tn\tid", "0\t0", "\t\t", ""),
        *("entry", f"{len(known)}\t1", "\t".join(columns), *entries, "", ""),
    ]
    return "\n".join(text), content


def write_logical(folder: Path, files, stem="files", text=None, **options):
    """Write a logical evidence file (L01) that holds `files`; return the path of its first segment."""
    listed, content = list_of_files(files)
    packed = (listed if text is None else text).encode("utf-16-le")
    header = struct.pack("<16sQI20x", hashlib.md5(packed).digest(), len(packed), 0)
    header = header[:24] + struct.pack("<I", zlib.adler32(header)) + header[28:]
    made = segments(content.ljust(-(-len(content) // 512) * 512, b"\0"), hashes=False, **options)
    last = made[-1]
    del last.data[last.places["done"] :]
    last.section("ltree", header + packed)
    last.end("done")
    paths = []
    for number, segment in enumerate(made, 1):
        segment.data[:8] = b"LVF\x09\x0d\x0a\xff\x00"
        paths.append(folder / f"{stem}.L{number:02d}")
        paths[-1].write_bytes(segment.data)
    return paths[0]
