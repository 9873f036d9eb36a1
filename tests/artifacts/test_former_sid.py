"""SIDs in security descriptors and folder names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.identity.former_sid import (
    PREFIX_LIMIT,
    protect_folder,
    recycle_bin,
    recycler,
    security_descriptor_attribute,
    security_descriptor_stream,
)
from forensic.artifacts.known_values.media import SID_PREFIXES, is_media_sid
from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.model import Sid
from forensic.volumes.directory import DirectoryTree
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all, tree_of
from tests.builders.world_volume import BLOCK, SYSTEM, descriptor, secure_stream

MACHINE, FORMER = Sid("S-1-5-21-1-2-3"), Sid("S-1-5-21-4000000000-5-6")
ANN, OLD = Sid(f"{MACHINE}-1001"), Sid(f"{FORMER}-1000")


def stated(tmp_path, stream):
    return read_all(security_descriptor_stream, Folder(tree_of(tmp_path, {"$Secure_$SDS": stream}), ""))


def test_owner_group_and_access_lists_are_told_apart_and_each_descriptor_counts_once(tmp_path):
    stream = secure_stream(
        [
            descriptor(),
            descriptor(owner=ANN, group=Sid(f"{MACHINE}-513"), access=[ANN, SYSTEM, ANN]),
            descriptor(access=[OLD]),
            descriptor(access=[Sid(f"{MACHINE}-500")], audit=[MACHINE]),
        ]
    )
    (own, former), failure = stated(tmp_path, stream)
    assert failure is None
    assert (own.value.prefix, own.value.where, own.value.count, own.value.rids) == (MACHINE, "security-descriptor", 2, (500, 513, 1001))
    assert (own.value.owners, own.value.groups, own.value.access, own.value.first_id) == (1, 1, 2, 257)
    assert (former.value.prefix, former.value.count, former.value.access, former.value.first_id) == (FORMER, 1, 1, 258)
    assert bytes.fromhex(former.raw) == stream[former.place.offset :][:28]


def test_the_copy_of_a_block_is_not_counted_but_mends_it(tmp_path):
    many = [descriptor(owner=ANN, access=[ANN]) for _ in range(5000)]
    stream = bytearray(secure_stream(many))
    assert len(stream) > 2 * BLOCK
    (fact,), failure = stated(tmp_path, stream)
    assert (fact.value.count, failure) == (5000, None)
    stream[0:512] = bytes(512)
    stream[1024:1040] = b"\xff" * 16
    (fact,), failure = stated(tmp_path, stream)
    assert (fact.value.count, failure) == (5000, None)


def test_damage_in_both_copies_loses_only_itself_and_is_told(tmp_path):
    stream = bytearray(secure_stream([descriptor(owner=ANN)] * 100))
    stream[96 : 96 + 60] = stream[BLOCK + 96 : BLOCK + 96 + 60] = b"\xee" * 60
    (fact,), failure = stated(tmp_path, stream)
    assert 97 <= fact.value.count <= 99
    assert isinstance(failure, Malformed)
    assert "damaged" in str(failure)


def test_bytes_that_only_look_like_a_sid_do_not_count(tmp_path):
    loose = descriptor() + b"\x01\x04\0\0\0\0\0\x05\x15\0\0\0" + bytes(12)
    facts, failure = stated(tmp_path, secure_stream([loose]))
    assert facts == []
    assert isinstance(failure, NotFound)


def test_more_prefixes_than_the_limit_are_cut_and_told(tmp_path):
    sids = [Sid(f"S-1-5-21-{number}-2-3-500") for number in range(PREFIX_LIMIT + 5)]
    facts, failure = stated(tmp_path, secure_stream([descriptor(owner=sid) for sid in sids]))
    assert len(facts) == PREFIX_LIMIT
    assert isinstance(failure, Malformed)


def test_prefixes_of_media_are_stated_and_told_from_others_when_judging(tmp_path):
    media = next(iter(SID_PREFIXES))
    facts, _ = stated(tmp_path, secure_stream([descriptor(group=Sid(f"{media}-513")), descriptor(owner=ANN)]))
    assert {fact.value.prefix: is_media_sid(fact.value.prefix) for fact in facts} == {media: True, MACHINE: False}


def test_no_stream_is_not_found(tmp_path):
    facts, failure = read_all(security_descriptor_stream, Folder(DirectoryTree(tmp_path), ""))
    assert (facts, type(failure)) == ([], NotFound)


def test_two_megabytes_of_descriptors_are_counted(tmp_path):
    stream = secure_stream([descriptor(owner=ANN, group=OLD, access=[ANN, OLD, SYSTEM])] * 6500)
    assert len(stream) > 2_000_000
    tree = tree_of(tmp_path, {"$Secure_$SDS": stream})
    list(security_descriptor_stream(Folder(tree, "")))
    counts = {fact.value.prefix: fact.value.count for fact in security_descriptor_stream(Folder(tree, ""))}
    assert set(counts.values()) == {6500}


def test_nt4_says_that_descriptors_in_files_are_not_read(tmp_path):
    tree = tree_of(tmp_path, {"boot.ini": b""})
    assert isinstance(read_all(security_descriptor_attribute, Folder(tree, ""))[1], NotFound)
    tree = tree_of(tmp_path, {"$MFT": b""})
    assert isinstance(read_all(security_descriptor_attribute, Folder(tree, ""))[1], Unsupported)
    tree = tree_of(tmp_path, {"$Secure": b"", "$Extend/$ObjId": b""})
    assert read_all(security_descriptor_attribute, Folder(tree, "")) == ([], None)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_ends_in_anything_but_facts_and_forensic_errors(tmp_path_factory, data):
    stream = bytearray(secure_stream([descriptor(owner=ANN, group=OLD, access=[ANN, OLD]) for _ in range(20)])[: BLOCK + 3000])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, 3000)) + data.draw(st.sampled_from([0, BLOCK]))
        new = data.draw(st.binary(min_size=1, max_size=30))
        stream[at : at + len(new)] = new
    cut = data.draw(st.integers(0, len(stream)))
    _, failure = stated(tmp_path_factory.mktemp("fuzz"), stream[:cut] if data.draw(st.booleans()) else stream)
    assert failure is None or isinstance(failure, ForensicError)


@pytest.mark.parametrize(
    ("machine", "sid", "owners"),
    [
        ("rathbun", "S-1-5-21-2290304894-658537038-505560459", 264),
        ("belkasoft", "S-1-5-21-672274782-2342008316-3472871522", 245),
    ],
)
def test_real_streams_hold_the_machine_and_what_media_brought(tmp_path, real, machine, sid, owners):
    facts, failure = stated(tmp_path, real(f"machines/win10-{machine}/NTFS/Secure_SDS").read_bytes())
    assert failure is None
    values = {fact.value.prefix: fact.value for fact in facts}
    assert values[sid].owners == owners
    assert not is_media_sid(sid)
    assert is_media_sid(values["S-1-5-21-397955417-626881126-188441444"].prefix)
    assert all(
        value.owners <= 1
        for value in values.values()
        if is_media_sid(value.prefix) or (value.first_id < values[sid].first_id and not value.access)
    )


def test_the_order_of_security_ids_tells_what_came_after_the_machine_itself(tmp_path, real):
    facts, _ = stated(tmp_path, real("machines/win10-belkasoft/NTFS/Secure_SDS").read_bytes())
    first = {fact.value.prefix: fact.value.first_id for fact in facts}
    own, domain, other_machine = (
        first[f"S-1-5-21-{end}"]
        for end in ("672274782-2342008316-3472871522", "3064058907-2826536974-2889819764", "846388080-3680834429-2020154290")
    )
    assert own < domain < other_machine


@pytest.mark.parametrize(
    ("read", "name", "where"),
    [
        (recycle_bin, "$Recycle.Bin", "recycle-bin"),
        (recycler, "RECYCLER", "recycle-bin"),
        (protect_folder, "Users/ann/AppData/Roaming/Microsoft/Protect", "dpapi-folder"),
    ],
)
def test_folder_names_are_stated_by_prefix(tmp_path, read, name, where):
    names = ["S-1-5-18", ANN, f"{MACHINE}-1002", OLD.lower(), "other"]
    tree = tree_of(tmp_path, {f"{name}/{one}/desktop.ini": b"" for one in names} | {f"{name}/S-1-5-21-9-9-9-500": b"a file"})
    facts, failure = read_all(read, Folder(tree, name))
    assert failure is None
    assert [(fact.value.prefix, fact.value.where, fact.value.count, fact.value.rids) for fact in facts] == [
        (MACHINE, where, 2, (1001, 1002)),
        (FORMER, where, 1, (1000,)),
    ]
    assert facts[1].place.file == f"{name}/{OLD.lower()}"


def test_no_folder_named_after_a_machine_is_not_found(tmp_path):
    tree = tree_of(tmp_path, {"$Recycle.Bin/S-1-5-18/desktop.ini": b""})
    assert isinstance(read_all(recycle_bin, Folder(tree, "$Recycle.Bin"))[1], NotFound)


def test_the_constants_are_prefixes():
    assert all(prefix.is_machine_or_domain for prefix in SID_PREFIXES)
