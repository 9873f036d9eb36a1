from forensic.artifacts.products.msdtc import DtcIdentity, dtc_cid
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_SZ, HiveBuilder

ID = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11"


def software(*entries):
    hive = HiveBuilder()
    hive.key("Classes")
    for path, text in entries:
        hive.value(rf"Classes\{path}\Description", "", REG_SZ, text)
    return open_hive(hive)


def test_contact_identifiers_of_both_keys_are_stated():
    hive = software((rf"CID\{ID}", "MSDTC"), (rf"CID.Local\{{{ID.upper()}}}", "MSDTCUIS"), (rf"CID\{ID[::-1]}", "Other"))
    facts, failure = state(dtc_cid, hive, "Classes")
    assert failure is None
    assert [fact.value for fact in facts] == [DtcIdentity(ID, "MSDTC"), DtcIdentity(ID, "MSDTCUIS")]
    assert facts[0].place.key == rf"Classes\CID\{ID}"


def test_a_name_that_is_no_guid_is_a_gap_beside_the_others():
    facts, failure = state(dtc_cid, software((r"CID\x", "MSDTC"), (rf"CID\{ID}", "MSDTC")), "Classes")
    assert (len(facts), isinstance(failure, Malformed)) == (1, True)


def test_a_machine_without_coordinator_is_not_found():
    assert isinstance(state(dtc_cid, software(), "Classes")[1], NotFound)
