"""Our reader against python-registry, over all real hives: keys, values, types, data, times."""

import io
import struct

import pytest

from forensic.errors import ForensicError, Malformed
from forensic.model import upcase
from forensic.registry.hive import Hive
from forensic.registry.key import Key
from tests.builders.source import Bytes
from tests.conftest import real_files

LIMIT = 4_000
"""Keys of one hive that are compared; the largest hold 40,000 of the same sort."""

EXCEPTIONS = {
    "hives/yarp/BadListHive": "two keys list one key node: python-registry gives it to both, we to the key that it names",
    "hives/yarp/BadSubkeyHive": "two keys list one key node: python-registry gives it to both, we to the key that it names",
    "hives/yarp/CompHive": "Latin-1 names with 0x80 to 0x9f: python-registry decodes them as Windows-1252",
    "hives/yarp/TruncatedNameHive": "a name longer than its cell: python-registry reads on into the next cell",
    "hives/yarp/TruncatedPairHive": "names with half of a surrogate pair: python-registry fails to decode them",
    "hives/yarp/TruncatedPairHive2": "names with half of a surrogate pair: python-registry fails to decode them",
    "hives/yarp/TruncatedHive": "cut short: python-registry gives up at the first missing list",
    "hives/yarp/TruncatedDirtyHive": "cut short: python-registry gives up at the first missing list",
    "hives/yarp/DeletedDataHiveTruncated": "a value list outside the file: python-registry fails",
    "hives/regipy/corrupted_system_hive": "corrupted: python-registry reads freed cells, and gives up where we step over",
    "hives/yarp/BadBaseBlockHive": "the base block claims version 1.1, whose cells have another header",
}
"""Hives on which the two are known to differ, each with the reason."""


def is_hive(data: bytes) -> bool:
    return data[:4] == b"regf" and data[28:32] == bytes(4) and data[4096:4100] == b"hbin"


def ours(hive: Hive) -> dict:
    found, waiting = {}, [hive.root]
    while waiting and len(found) < LIMIT:
        key = waiting.pop(0)
        values = []
        for value in key.values():
            try:
                values.append((value.name, value.type, value.raw))
            except ForensicError:
                values.append((value.name, value.type, None))
        found.setdefault(key.path, []).append((int(key.written), values))
        waiting.extend(key.keys())
    return found


def theirs(data: bytes) -> dict:
    from Registry.Registry import Registry

    found, waiting = {}, [("", Registry(io.BytesIO(data)).root())]
    while waiting and len(found) < LIMIT:
        path, key = waiting.pop(0)
        values = [theirs_value(value._vkrecord) for value in key.values()]
        found.setdefault(path, []).append((key._nkrecord.unpack_qword(4), values))
        waiting.extend((f"{path}\\{child.name()}" if path else child.name(), child) for child in key.subkeys())
    return found


def theirs_value(record) -> tuple:
    kind, size = record.unpack_dword(12), record.raw_data_length()
    if size & 0x80000000:  # raw_data() gives four bytes for fewer, none for REG_MULTI_SZ, and masks device property types
        return record.name(), kind, record.unpack_binary(8, size & 0x7FFFFFFF)
    return record.name(), kind, record.raw_data()


@pytest.mark.parametrize("name", real_files("hives") + real_files("machines"))
def test_reads_every_real_hive_as_python_registry_does(real, name):
    data = real(name).read_bytes()
    if not is_hive(data):
        with pytest.raises(Malformed, match="at offset"):
            Hive(Bytes(data))
        return
    if name in EXCEPTIONS:
        assert attempt(lambda: ours(Hive(Bytes(data)))) != attempt(lambda: theirs(data)), "no exception any more"
        return
    assert ours(Hive(Bytes(data))) == theirs(data)


@pytest.mark.parametrize(
    "name", ["hives/yarp/UpcaseHive", "hives/yarp/UnicodeHive", "hives/yarp/ExtendedASCIIHive", "hives/m57-pat-xp/SYSTEM"]
)
def test_names_fold_and_hash_as_windows_wrote_them(real, name):
    hive, hints, waiting = Hive(Bytes(real(name).read_bytes())), 0, []
    waiting.append(hive.root)
    while waiting and hints < LIMIT:
        key = waiting.pop()
        for listed in key.subkey_lists([]):
            assert listed.signature in {b"lf", b"lh"}
            for offset, hint in listed.hints():
                child = Key(key.tree, offset, key)
                assert listed.is_right(hint, upcase(child.name))
                assert offset in listed.hinted(upcase(child.name))
                hints += 1
                waiting.append(child)
    assert hints


def attempt(read):
    from Registry.RegistryParse import RegistryException

    try:
        return read()
    except (ForensicError, RegistryException, ValueError, struct.error):
        return None
