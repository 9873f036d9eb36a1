"""Damaged hives: whatever a bit of damage does, the artifacts of full depth end in facts or in a ForensicError."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.declaration import load
from forensic.artifacts.hardware import device_generation
from forensic.artifacts.identity import certificate, lsa_secret
from forensic.artifacts.logs import registry_history as history
from forensic.artifacts.network import network_profile
from forensic.artifacts.products import agent_registry, licensing_store
from forensic.artifacts.users import program_run
from forensic.errors import ForensicError
from tests.artifacts.reading import open_hive
from tests.builders.world import RELEASES, Life, World
from tests.builders.world_registry import add

MODULES = {module.__name__ for module in (agent_registry, certificate, device_generation, licensing_store, lsa_secret, network_profile)}
MODULES |= {program_run.__name__, history.__name__}


def _hives():
    world = World(5)
    life = Life(world, RELEASES["10"]).install(world.computer(), "2021-03-02T09:10:00Z").add_user("ann", "2021-03-02T09:40:00Z")
    life.change_sid("2021-10-01T10:00:00Z")
    hives = {
        "SYSTEM": life._system(),
        "SOFTWARE": life._software(),
        "SECURITY": life._security(),
        "NTUSER ann": life._ntuser(life.state.users[0]),
    }
    add(hives, life)
    return {name.split()[0]: hive.build() for name, hive in hives.items()}


HIVES = _hives()
LOADED = load()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(HIVES)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=60))
def test_no_damage_escapes_the_artifacts_of_the_registry(name, changes):
    data = bytearray(HIVES[name])
    for place, byte in changes:
        data[4096 + int(place * (len(data) - 4096))] = byte
    with contextlib.suppress(ForensicError):
        root = open_hive(bytes(data)).root
        for artifact in LOADED:
            if artifact.module in MODULES and artifact.hive == name:
                with contextlib.suppress(ForensicError):
                    list(artifact.read(root.key(artifact.path.replace("CurrentControlSet", "ControlSet001"))))
