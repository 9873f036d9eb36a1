"""shadow-copy: which shadow copy an earlier state was read from."""

from pathlib import Path

from forensic.artifacts.storage.shadow_copy import SHADOW_COPY, shadow_copy
from forensic.containers import open_image
from forensic.volumes.disk import open_disk

SAMPLES = Path(__file__).parent.parent.parent / "samples"


def test_states_identifier_and_time_and_says_where(real):
    volume = open_disk(open_image(real("images/dfvfs/vss.raw"))).volumes[0]
    (fact,) = shadow_copy(volume.shadow_copies[0])
    assert fact.kind == SHADOW_COPY.name
    assert fact.value.identifier == "de81cc22-aa8b-11eb-9339-8cdcd4557abc"
    assert str(fact.value.created) == "2021-05-01T17:40:03.2230304Z"
    assert fact.source == "v0 > (catalog of shadow copies, store 1)"


def test_a_volume_that_is_no_shadow_copy_states_nothing():
    image = open_image(SAMPLES / "desk-10.E01")
    assert list(shadow_copy(open_disk(image).volumes[0])) == []
    image.close()
