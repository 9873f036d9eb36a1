"""How far Setup or Sysprep came."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup.image_state import ImageState, _decode, image_state, image_state_file
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.volumes.directory import DirectoryTree
from tests.artifacts.reading import key_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ

STATE = r"Microsoft\Windows\CurrentVersion\Setup\State"


def file_facts(folder, content):
    path = folder / "Windows/Setup/State/State.ini"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    try:
        return list(image_state_file(DirectoryTree(folder).open("Windows/Setup/State/State.ini"))), None
    except ForensicError as error:
        return [], error


def test_states_the_image_state_of_the_registry():
    facts, failure = state(image_state, key_hive(STATE, [("ImageState", REG_SZ, "IMAGE_STATE_COMPLETE")]), STATE)
    assert failure is None
    assert facts[0].value == ImageState("IMAGE_STATE_COMPLETE", "registry")
    assert isinstance(state(image_state, key_hive(STATE), STATE)[1], NotFound)
    assert isinstance(state(image_state, key_hive(STATE, [("ImageState", REG_DWORD, 3)]), STATE)[1], Malformed)


@pytest.mark.parametrize(
    "content",
    [
        b"[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n",
        "\ufeff[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n".encode("utf-16-le"),
        "\ufeff[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n".encode("utf-16-be"),
        b"\xef\xbb\xbf[State]\n imagestate = IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE",
    ],
)
def test_states_the_image_state_of_the_file_in_every_encoding(tmp_path, content):
    facts, failure = file_facts(tmp_path, content)
    assert failure is None
    assert facts[0].value == ImageState("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "state.ini")
    assert facts[0].place.file == "Windows/Setup/State/State.ini"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[State]\r\n", b"\0" * 70_000])
def test_a_file_without_the_line_is_malformed(tmp_path, content):
    facts, failure = file_facts(tmp_path, content)
    assert not facts
    assert isinstance(failure, Malformed)


def test_a_hostile_line_is_read_in_linear_time(tmp_path):
    facts, _ = file_facts(tmp_path, b"ImageState=a" + b" " * 60_000 + b"x")
    assert facts[0].value.state.startswith("a ")


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=60), some.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"ImageState="]))
def test_any_content_is_decoded_to_text_that_a_report_can_carry(content, start):
    assert isinstance(_decode(start + content).encode(), bytes)
