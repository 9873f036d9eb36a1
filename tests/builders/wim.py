"""Writes WIM files byte for byte: images from files in memory, plain or solid, in one part or in several; nothing is compressed."""

import hashlib
import struct

HEADER_SIZE = 208
GUID = bytes(range(16))
SOLID, METADATA = 0x10, 0x2
EPOCH = 116_444_736_000_000_000


def reshdr(packed, flags, offset, size):
    return struct.pack("<QQQ", packed | flags << 56, offset, size)


def header(*, flags=0, chunk=1 << 15, part=1, parts=1, images=1, blobs=bytes(24), xml=bytes(24), version=0x10D00, guid=GUID):
    return struct.pack("<8sIIII16sHHI24s24s112x", b"MSWIM\0\0\0", HEADER_SIZE, version, flags, chunk, guid, part, parts, images, blobs, xml)


def dentry(name, attributes, below=0, sha1=bytes(20), *, tag=0, streams=(), written=EPOCH, created=EPOCH):
    """Return one directory entry; `streams` are pairs of name and SHA-1."""
    spelled = name.encode("utf-16-le", "surrogatepass")
    length = 102 + len(spelled) + (2 if spelled else 0)
    length += -length % 8
    fixed = struct.pack(
        "<QIiQ16xQQQ20sIQHHH", length, attributes, -1, below, created, 0, written, sha1, 0, tag, len(streams), 0, len(spelled)
    )
    data = (fixed + spelled).ljust(length, b"\0")
    for stream, digest in streams:
        text = stream.encode("utf-16-le")
        size = 38 + len(text)
        size += -size % 8
        data += (struct.pack("<Q8x20sH", size, digest, len(text)) + text).ljust(size, b"\0")
    return data


def metadata(files, *, extra=()):
    """Return the metadata resource of an image with `files`: path -> bytes, None for a directory; `extra` are ready entries of the root."""
    folders = {"": {}}
    for path, content in files.items():
        parts = path.split("/")
        for depth in range(1, len(parts) + (content is None)):
            folders.setdefault("/".join(parts[:depth]), {})
            folders["/".join(parts[: depth - 1])][parts[depth - 1]] = None
        if content is not None:
            folders["/".join(parts[:-1])][parts[-1]] = content
    sizes = {}
    for folder, entries in folders.items():
        sizes[folder] = sum(len(dentry(name, 0)) for name in entries) + (sum(map(len, extra)) if not folder else 0) + 8
    root = dentry("", 0x10)
    places, at = {}, 8 + len(root) + 8
    for folder, size in sizes.items():
        places[folder] = at
        at += size
    data = struct.pack("<II", 8, 0) + dentry("", 0x10, places[""]) + bytes(8)
    for folder, entries in folders.items():
        for name, content in entries.items():
            path = f"{folder}/{name}".lstrip("/")
            if content is None:
                data += dentry(name, 0x10, places[path])
            else:
                data += dentry(name, 0x20, sha1=digest(content))
        data += b"".join(extra if not folder else ()) + bytes(8)
    return data


def digest(content):
    return hashlib.sha1(content).digest() if content else bytes(20)


def wim(*images, names=None, solid=False, split=False, flags=0, xml=None, extra=(), chunk=1 << 15, contents=()):
    """Return a WIM with these images, each a dict of files; with `split` a list of parts: the second one has all contents of files.

    `contents` are further blobs that no path names.
    """
    parts = [bytearray(HEADER_SIZE), bytearray(HEADER_SIZE)] if split else [bytearray(HEADER_SIZE)]
    tables = [b"" for _ in parts]
    blobs = list(dict.fromkeys([content for files in images for content in files.values() if content] + list(contents)))
    home = parts[-1]
    if solid and blobs:
        joined = b"".join(blobs)
        count = -(-len(joined) // chunk)
        sizes = [min(chunk, len(joined) - number * chunk) for number in range(count)]
        resource = struct.pack("<QII", len(joined), chunk, 0) + struct.pack(f"<{count}I", *sizes) + joined
        tables[-1] += reshdr(len(resource), SOLID, len(home), 1 << 32) + struct.pack("<HI20s", len(parts), 1, bytes(20))
        home += resource
    at = 0
    for content in blobs:
        entry = reshdr(len(content), SOLID, at, len(content)) if solid else reshdr(len(content), 0, len(home), len(content))
        tables[-1] += entry + struct.pack("<HI20s", len(parts), 1, digest(content))
        at += len(content)
        if not solid:
            home += content
    for files in images:
        resource = metadata(files, extra=extra)
        tables[0] += reshdr(len(resource), METADATA, len(parts[0]), len(resource)) + struct.pack("<HI20s", 1, 1, digest(resource))
        parts[0] += resource
    if xml is None:
        told = "".join(
            f'<IMAGE INDEX="{number}"><TOTALBYTES>{sum(len(content or b"") for content in files.values())}</TOTALBYTES>'
            f"<NAME>{(names or {}).get(number, f'Image {number}')}</NAME></IMAGE>"
            for number, files in enumerate(images, 1)
        )
        xml = f"\ufeff<WIM>{told}</WIM>".encode("utf-16-le")
    for number, part in enumerate(parts, 1):
        place = reshdr(len(xml), 0, len(part), len(xml))
        part.extend(xml)
        table = tables[number - 1]
        blob_table = reshdr(len(table), 0, len(part), len(table))
        part.extend(table)
        part[:HEADER_SIZE] = header(
            flags=flags | (8 if split else 0),
            chunk=chunk,
            part=number,
            parts=len(parts),
            images=len(images),
            blobs=blob_table,
            xml=place,
            version=0xE00 if solid else 0x10D00,
        )
    return [bytes(part) for part in parts] if split else bytes(parts[0])
