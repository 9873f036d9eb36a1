"""Writes event logs: `.evtx` with one template per record, `.Evt` as a circle of records."""

import struct
import zlib
from dataclasses import dataclass, field

from forensic.model import FileTime

CHUNK = 1 << 16
TEXT, UINT16, UINT64, FILETIME, SID = 0x01, 0x06, 0x0A, 0x11, 0x13


@dataclass
class Logged:
    """One event to be written; `data` is a list (values without names) or a dict."""

    event_id: int
    time: int
    provider: str = "EventLog"
    computer: str = "DESK-1"
    user_sid: str | None = None
    data: list | dict = field(default_factory=list)
    record_id: int | None = None
    number: int | None = None
    """Number in the record's header, where that is not the `record_id` of the content: as in an export."""
    header_time: int | None = None
    """Time in the record's header, where that is another one."""
    user_data: str | None = None
    """Name of the element that holds the values in `UserData`, instead of `EventData`."""


def sid_bytes(sid):
    authority, *parts = [int(part) for part in sid.split("-")[2:]]
    return struct.pack("<BB", 1, len(parts)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


class _Xml:
    """Binary XML of one template, which begins at an offset of its chunk."""

    def __init__(self, base, *, literal=True):
        """Write at an offset of the chunk; texts of the event's data are `literal` or substitutions."""
        self.base, self.literal, self.out, self.values = base, literal, bytearray(), []

    def name(self, text):
        at = self.base + len(self.out) + 4
        digest = 0
        for character in text:
            digest = (digest * 65599 + ord(character)) & 0xFFFF
        self.out += struct.pack("<IIHH", at, 0, digest, len(text)) + text.encode("utf-16-le") + b"\0\0"

    def value(self, kind, data):
        """Write a substitution, and keep what it stands for."""
        self.out += struct.pack("<BHB", 0x0D, len(self.values), kind)
        self.values.append((kind, data))

    def text(self, text):
        if len(text) > 100:
            self.value(TEXT, text.encode("utf-16-le"))
        elif text:
            self.out += struct.pack("<BBH", 0x05, TEXT, len(text)) + text.encode("utf-16-le")

    def element(self, name, attributes=(), content=None):
        """Write an element; attributes and content are a text, a typed value, or (content) a function that writes."""
        self.out += struct.pack("<BHI", 0x41 if attributes else 0x01, 0xFFFF, 0)
        size_at = len(self.out) - 4
        self.name(name)
        if attributes:
            self.out += bytes(4)
            list_at = len(self.out)
            for number, (key, value) in enumerate(attributes, 1):
                self.out.append(0x46 if number < len(attributes) else 0x06)
                self.name(key)
                self.text(value) if isinstance(value, str) else self.value(*value)
            struct.pack_into("<I", self.out, list_at - 4, len(self.out) - list_at)
        if content is None:
            self.out.append(0x03)
        else:
            self.out.append(0x02)
            if callable(content):
                content()
            elif isinstance(content, str) and (self.literal or name != "Data"):
                self.text(content)
            elif isinstance(content, str):
                self.value(TEXT, content.encode("utf-16-le"))
            else:
                self.value(*content)
            self.out.append(0x04)
        struct.pack_into("<I", self.out, size_at, len(self.out) - size_at - 4)


def _event_xml(xml, event, channel):
    user = [("UserID", (SID, sid_bytes(event.user_sid)))] if event.user_sid else []

    def system():
        xml.element("Provider", [("Name", event.provider)])
        xml.element("EventID", (), (UINT16, struct.pack("<H", event.event_id)))
        xml.element("TimeCreated", [("SystemTime", (FILETIME, struct.pack("<Q", event.time)))])
        xml.element("EventRecordID", (), (UINT64, struct.pack("<Q", event.record_id)))
        xml.element("Channel", (), channel)
        xml.element("Computer", (), event.computer)
        xml.element("Security", user)

    def data():
        if isinstance(event.data, dict) and event.user_data:
            for key, text in event.data.items():
                xml.element(key, (), text)
        elif isinstance(event.data, dict):
            for key, text in event.data.items():
                xml.element("Data", [("Name", key)], text)
        else:
            for text in event.data:
                xml.element("Data", (), text)

    def body():
        xml.element("System", (), system)
        if event.user_data:
            xml.element("UserData", (), lambda: xml.element(event.user_data, (), data))
        else:
            xml.element("EventData", (), data)

    xml.out += b"\x0f\x01\x01\0"
    xml.element("Event", (), body)
    xml.out.append(0)


def evtx_record(event, at, channel="System", templates=None):
    """Return one record that will lie at an offset of its chunk; `templates` are those of records before it, by kind of event."""
    template_at = at + 24 + 4 + 10
    xml = _Xml(template_at + 24, literal=templates is None)
    _event_xml(xml, event, channel)
    definition = struct.pack("<I16sI", 0, struct.pack("<IQI", template_at, 0, 0), len(xml.out)) + bytes(xml.out)
    if templates is not None:
        known = templates.setdefault((event.provider, event.event_id, event.computer, event.user_sid is None), template_at)
        template_at, definition = known, definition if known == template_at else b""
    table = b"".join(struct.pack("<HBB", len(data), kind, 0) for kind, data in xml.values)
    content = b"\x0f\x01\x01\0" + struct.pack("<BBII", 0x0C, 1, template_at, template_at) + definition
    content += struct.pack("<I", len(xml.values)) + table + b"".join(data for _, data in xml.values) + b"\0"
    content += bytes(-len(content) % 4)
    size = 24 + len(content) + 4
    return (
        struct.pack(
            "<4sIQQ", b"**\0\0", size, event.number or event.record_id, event.time if event.header_time is None else event.header_time
        )
        + content
        + struct.pack("<I", size)
    )


def _sealed(chunk, events, first, end, last):
    ids = events[first].record_id, events[end - 1].record_id
    return seal_chunk(bytes(chunk).ljust(CHUNK, b"\0"), first + 1, *ids, end - first, last, len(chunk))


def dense_evtx(events, channel):
    """Return a log as Windows writes it: records share the templates of their chunk, and chunks are full."""
    chunks, parts, templates, first, last = [], bytearray(512), {}, 0, 512
    events = numbered(list(events))
    for number, event in enumerate(events):
        record = evtx_record(event, len(parts), channel, templates)
        if len(parts) + len(record) > CHUNK:
            chunks.append(_sealed(parts, events, first, number, last))
            parts, templates, first = bytearray(512), {}, number
            record = evtx_record(event, len(parts), channel, templates)
        last = len(parts)
        parts += record
    chunks.append(_sealed(parts, events, first, len(events), last))
    return evtx_header(len(chunks), following=events[-1].record_id + 1) + b"".join(chunks)


def evtx_chunk(events, number, channel="System"):
    """Return one chunk whose first record has this number in the file."""
    chunk, last = bytearray(512), 512
    for event in events:
        last = len(chunk)
        chunk += evtx_record(event, last, channel)
    assert len(chunk) <= CHUNK, "too many events for one chunk"
    return seal_chunk(bytes(chunk).ljust(CHUNK, b"\0"), number, events[0].record_id, events[-1].record_id, len(events), last, len(chunk))


def seal_chunk(chunk, number, first, last, count, last_at, free):
    """Give a chunk its header and checksums."""
    chunk = bytearray(chunk)
    checksum = zlib.crc32(chunk[512:free])
    struct.pack_into("<8s4Q4I", chunk, 0, b"ElfChnk\0", number, number + count - 1, first, last, 128, last_at, free, checksum)
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[128:512], zlib.crc32(chunk[:120])))
    return bytes(chunk)


def evtx_header(chunks, *, dirty=False, count=None, following=1):
    header = struct.pack(
        "<8s3QIHHHH76xI", b"ElfFile\0", 0, max(0, chunks - 1), following, 128, 1, 3, 4096, chunks if count is None else count, dirty
    )
    return (header + struct.pack("<I", zlib.crc32(header[:120]))).ljust(4096, b"\0")


def numbered(events, first=1):
    """Give record ids to those events that have none: one more than the one before."""
    following = first
    for event in events:
        if event.record_id is None:
            event.record_id = following
        following = event.record_id + 1
    return list(events)


def evtx(events, *, channel="System", per_chunk=40, dirty=False, count=None, turned=0, blank=0):
    """Return a log; `turned` chunks of the end stand at the beginning, as in a full log; `blank` chunks follow unused."""
    events = numbered(events)
    chunks = [evtx_chunk(events[at : at + per_chunk], at + 1, channel) for at in range(0, len(events), per_chunk)]
    chunks = chunks[len(chunks) - turned :] + chunks[: len(chunks) - turned]
    following = max([event.number or event.record_id for event in events], default=0) + 1
    return evtx_header(len(chunks), dirty=dirty, count=count, following=following) + b"".join(chunks) + bytes(CHUNK * blank)


def evt_record(event):
    head = b"".join(text.encode("utf-16-le") + b"\0\0" for text in (event.provider, event.computer))
    sid_at = 56 + len(head) + (-len(head) % 4)
    sid = sid_bytes(event.user_sid) if event.user_sid else b""
    texts = list(event.data.values()) if isinstance(event.data, dict) else list(event.data)
    strings = b"".join(text.encode("utf-16-le") + b"\0\0" for text in texts)
    body = head.ljust(sid_at - 56, b"\0") + sid + strings
    body += bytes(-len(body) % 4)
    size, seconds = 56 + len(body) + 4, (int(event.time) - int(FileTime.from_unix(0))) // 10_000_000
    fixed = struct.pack(
        "<6I4H6I", size, 0x654C664C, event.record_id, seconds, seconds, 0x80000000 | event.event_id, 4, len(texts), 0, 0, 0,
        sid_at + len(sid), len(sid), sid_at, 0, 56 + len(head),
    )  # fmt: skip
    return fixed + body + struct.pack("<I", size)


def evt(events, *, dirty=False, size=None, start=48):
    """Return a log in the old format; records begin at `start` and go around when the file of `size` bytes ends before them."""
    events = numbered(events)
    records = b"".join(evt_record(event) for event in events)
    size = size or (48 + len(records) + 40 + 1024) // 4 * 4
    ring = bytearray(size - 48)
    assert len(records) + 40 <= len(ring), "the file is too small for its records"
    end = 48 + (start - 48 + len(records)) % len(ring)
    following, oldest = (events[-1].record_id + 1, events[0].record_id) if events else (1, 0)
    tail = struct.pack("<10I", 40, 0x11111111, 0x22222222, 0x33333333, 0x44444444, start, end, following, oldest, 40)
    for at, byte in enumerate(records + tail):
        ring[(start - 48 + at) % len(ring)] = byte
    numbers = (48, 48, 1, 1) if dirty else (start, end, following, oldest)
    return struct.pack("<12I", 48, 0x654C664C, 1, 1, *numbers, size, int(dirty), 0, 48) + bytes(ring)
