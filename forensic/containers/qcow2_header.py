r"""Header of a QCOW2, big-endian, and the extensions behind it.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 4 | magic | `QFI\xfb` |
| 4 | 4 | version | 2 or 3 |
| 8 | 8 | backing file name offset | 0: none |
| 16 | 4 | backing file name size | at most 1023 |
| 20 | 4 | cluster bits | 9 to 21 |
| 24 | 8 | disk size | bytes |
| 32 | 4 | encryption | 0 none, 1 AES, 2 LUKS |
| 36 | 4 | L1 entries | |
| 40 | 8 | L1 table offset | |
| 48 | 8 | reference count table offset | not needed to read a disk |
| 56 | 4 | reference count table clusters | the same |
| 60 | 4 | internal snapshots | their number |
| 64 | 8 | snapshot table offset | see `qcow2_snapshot` |
| 72 | 8 | incompatible features | bits: 0 dirty, 1 corrupt, 2 external data file, 3 compression type, 4 extended L2 entries |
| 80 | 16 | other features | |
| 96 | 4 | reference count order | |
| 100 | 4 | header length | |
| 104 | 1 | compression type | 0 deflate, 1 zstd; only with its feature bit |

Everything from 72 exists in version 3 only. Extensions follow the header: type (4), length (4), data padded to 8;
0xE2792ACA the format of the backing file, 0x44415441 the name of the data file.

Source: `docs/interop/qcow2.txt` of QEMU.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from forensic.containers.formats import ENCRYPTED_QCOW2, OLD_QCOW
from forensic.errors import Malformed, Unsupported
from forensic.storage.file import EvidenceFile

LAYOUT, LAYOUT_3 = struct.Struct(">4sIQIIQIIQ12xIQ"), struct.Struct(">Q20xI")
EXTENSION = struct.Struct(">II")
DIRTY, CORRUPT, DATA_FILE, COMPRESSION, EXTENDED = 1, 2, 4, 8, 16
_KNOWN_FEATURES = DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED
BACKING_FORMAT, DATA_FILE_NAME = 0xE279_2ACA, 0x4441_5441
NAME_LIMIT = 1023
_READ = 4096
_ZSTD = 1


class Header(NamedTuple):
    """The fields of a header that reading needs."""

    magic: bytes
    version: int
    backing_offset: int
    backing_size: int
    cluster_bits: int
    disk_size: int
    encryption: int
    l1_entries: int
    l1_offset: int
    snapshots: int
    snapshots_offset: int
    features: int
    length: int
    compression: int

    @classmethod
    def read(cls, file: EvidenceFile) -> Header:
        """Read the header of `file`; Malformed or Unsupported where it is none that can be followed."""
        head = file.read_at(0, _READ)
        if len(head) < LAYOUT.size:
            raise Malformed("QCOW2 header", 0, LAYOUT.size, len(head))
        fields = LAYOUT.unpack_from(head)
        _, version, _, _, bits, _, encryption, *_ = fields
        if version not in {2, 3}:
            raise OLD_QCOW.of(file.name, f" (version {version})")
        if not 9 <= bits <= 21:
            raise Malformed(f"{file.name}: QCOW2 cluster size of 2**{bits} bytes", 20)
        features, length = 0, LAYOUT.size
        if version == 3:
            if len(head) < LAYOUT.size + LAYOUT_3.size:
                raise Malformed("QCOW2 version 3 header", 0, LAYOUT.size + LAYOUT_3.size, len(head))
            features, length = LAYOUT_3.unpack_from(head, LAYOUT.size)
        if features & ~_KNOWN_FEATURES:
            raise Unsupported(f"{file.name}: QCOW2 with unknown incompatible features {features:#x}")
        if encryption:
            raise ENCRYPTED_QCOW2.of(file.name)
        compression = head[104] if features & COMPRESSION and length >= 105 and len(head) > 104 else 0
        if compression > _ZSTD:
            raise Unsupported(f"{file.name}: QCOW2 compression type {compression}")
        return cls._make((*fields, features, length, compression))

    @property
    def cluster(self) -> int:
        """Bytes in a cluster."""
        return 1 << self.cluster_bits

    @property
    def is_zstd(self) -> bool:
        """Whether compressed clusters are zstd; else they are deflate."""
        return self.compression == _ZSTD

    def extensions(self, file: EvidenceFile) -> dict[int, bytes]:
        """Return the extensions that matter, which lie in the first cluster."""
        found = {}
        offset = self.length
        while offset + EXTENSION.size <= min(self.cluster, file.size):
            kind, length = EXTENSION.unpack(file.read_at(offset, EXTENSION.size))
            offset += EXTENSION.size
            if kind == 0 or offset + length > self.cluster:
                break
            if kind in {BACKING_FORMAT, DATA_FILE_NAME}:
                found[kind] = file.read_at(offset, min(length, NAME_LIMIT))
            offset += length + 7 & ~7
        return found
