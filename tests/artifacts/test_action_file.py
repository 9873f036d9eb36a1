"""Action files of Sysprep."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import action_file as module
from forensic.artifacts.setup.action_file import ActionFile, ActionProvider, sysprep_action_file
from forensic.errors import Malformed, NotFound
from forensic.windows.folder import Folder
from tests.builders.file import MemoryTree, stated

PATH = "Windows/System32/Sysprep/ActionFiles"


def imaging(component, order, *inside):
    return (
        f'<imaging exclude=""><assemblyIdentity name="{component}" version="10.0.18362.1"></assemblyIdentity>'
        f'<sysprepOrder order="{order}"></sysprepOrder>{"".join(inside)}</imaging>'
    )


def call(function, module="$(runtime.system32)\\spopk.dll", element="sysprepModule"):
    return f'<{element} methodName="{function}" moduleName="{module}"></{element}>'


DELETION = '<registryActions><deleteValue name="senseGuid" path="HKLM"></deleteValue><deleteKey path="HKLM\\X"/></registryActions>'
CRYPTO = imaging("Microsoft-Windows-Cryptography", "0x1E00", call("CAPISysPrep_Generalize", "capisp.dll"))
XML = "<sysprepInformation>" + imaging("Opk", "0x0100", call("Sysprep_Generalize_Opk")) + imaging("Sense", "0x3900", DELETION)
XML += imaging("AppX", "0x1A00", call("SysprepGeneralizeValidate", element="sysprepValidate")) + "{}</sysprepInformation>"
WHOLE, EDITED = XML.format(CRYPTO).encode(), XML.format(f"<!--{CRYPTO[1:-1]}-->").encode()


def read(**files):
    tree = MemoryTree({f"{PATH}/{name.replace('_', '.')}": data for name, data in files.items()} | {f"{PATH}/sub/x": b""})
    facts, failure = stated(sysprep_action_file, Folder(tree, PATH))
    return [fact.value for fact in facts], failure


def test_states_providers_actions_and_digest():
    (found,), failure = read(Generalize_xml=WHOLE)
    assert failure is None
    assert found == ActionFile(
        "Generalize.xml",
        len(WHOLE),
        hashlib.sha256(WHOLE).hexdigest(),
        (
            ActionProvider("Sysprep_Generalize_Opk", "$(runtime.system32)\\spopk.dll", "Opk", "0x0100"),
            ActionProvider("SysprepGeneralizeValidate", "$(runtime.system32)\\spopk.dll", "AppX", "0x1A00", validates=True),
            ActionProvider("CAPISysPrep_Generalize", "capisp.dll", "Microsoft-Windows-Cryptography", "0x1E00"),
        ),
        actions=2,
    )


def test_an_edited_file_names_what_was_taken_out_and_what_lies_beside_it():
    (found, other), failure = read(generalize_XML=EDITED, Generalize_xml_old=WHOLE, Specialize_xml=WHOLE, notes_txt=b"")
    assert failure is None
    assert (found.name, found.commented, found.beside) == ("Generalize.xml", ("CAPISysPrep_Generalize",), ("Generalize.xml.old",))
    assert "CAPISysPrep_Generalize" not in {provider.function for provider in found.providers}
    assert (other.name, other.commented, other.beside) == ("Specialize.xml", (), ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<unattend/>",
        WHOLE[:-5],
        b'<!DOCTYPE x [<!ENTITY a "b">]><sysprepInformation>&a;</sysprepInformation>',
        b"<sysprepInformation>" + b"<a>" * 20 + b"</a>" * 20 + b"</sysprepInformation>",
        b'<?xml version="1.0" encoding="nonesuch"?><sysprepInformation/>',
    ],
)
def test_what_is_no_action_file_is_a_gap_beside_the_sound_one(data):
    found, failure = read(Cleanup_xml=data, Specialize_xml=WHOLE)
    assert ([one.name for one in found], type(failure)) == (["Specialize.xml"], Malformed)


def test_no_action_file_is_not_found():
    assert [type(one) for one in (read(Other_xml=WHOLE)[1], read()[1])] == [NotFound, NotFound]


def test_what_lies_beyond_the_limits_is_counted(monkeypatch):
    monkeypatch.setattr(module, "PROVIDER_LIMIT", 1)
    (found,), _ = read(Generalize_xml=EDITED)
    assert (len(found.providers), found.omitted, len(found.commented)) == (1, 1, 1)
    monkeypatch.setattr(module, "FILE_LIMIT", 100)
    assert isinstance(read(Generalize_xml=EDITED)[1], Malformed)


def test_utf_16_is_read_alike():
    text = '<?xml version="1.0" encoding="utf-16"?>' + WHOLE.decode()
    assert read(Generalize_xml=text.encode("utf-16"))[0][0].providers == read(Generalize_xml=WHOLE)[0][0].providers


@given(some.integers(0, 900), some.binary(max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(at, noise):
    read(Generalize_xml=EDITED[:at] + noise + EDITED[at + len(noise) :])
