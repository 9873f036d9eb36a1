"""The house rules of artifacts and kinds, walked over all of them."""

import inspect
import re
from pathlib import Path

import pytest

from forensic.artifacts.declaration import load
from forensic.model import KINDS, Basis, Origin
from forensic.model.codec import kebab
from forensic.reporting import explanation
from forensic.windows.installation import RENAMED

ARTIFACTS = load()
STATED = sorted({kind.name for artifact in ARTIFACTS for kind in artifact.kinds})
MODULES = sorted({artifact.module.rpartition(".")[2] for artifact in ARTIFACTS})
HERE = Path(__file__).parent
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CONTRACT = """
    machine-sid account-sid profile-sid domain-sid computer-name lsa-boot-key lsa-secret machine-guid hardware-profile-guid
    sus-client-id sus-client-validation sqm-machine-id sqm-user-id kms-skip-rearm product-id install-date dtc-cid msmq-qmid
    msa-device-id media-player-client-id push-notification-state clone-tag image-state sysprep-status setupcl-run setup-timer setup-command
    specialize-run sysprep-log sysprep-tag hardware-config smbios dhcpv6-duid network-interface network-adapter mac-address mounted-device
    disk-signature disk-guid volume-serial volume-created usn-journal bcd-device former-sid dpapi-master-key machine-key-file
    sid-changer-trace imaging-product-trace agent-id event-log-span event-computer-name registry-history source-os
    setup-lineage-step first-sid assigned-machine-guid image-state-change
"""
"""Fact kinds that every release states where the source holds them: their names are promised."""
NOT_COMPARED = {"product-id"}
"""Assigned, but to a product key and not to a machine."""
HIVES = {"SAM", "SECURITY", "SOFTWARE", "SYSTEM", "NTUSER", "USRCLASS", "BCD", "AMCACHE", "DEFAULT"}


def kinds():
    return [pytest.param(KINDS[name], id=name) for name in STATED]


def artifacts():
    return [pytest.param(artifact, id=artifact.name) for artifact in ARTIFACTS]


def test_every_promised_fact_kind_has_an_artifact_and_a_page():
    promised = set(CONTRACT.split())
    assert len(promised) == 57
    assert promised <= set(KINDS)
    assert promised <= set(STATED)
    assert promised <= set(explanation.pages(KINDS, ARTIFACTS, {}, {}))


def test_names_of_artifacts_are_unique_and_kebab_case():
    names = [artifact.name for artifact in ARTIFACTS]
    assert len(set(names)) == len(names)
    assert all(KEBAB.fullmatch(name) for name in names)


@pytest.mark.parametrize("artifact", artifacts())
def test_an_artifact_documents_itself_and_names_its_place(artifact):
    first = artifact.documentation.partition("\n")[0]
    assert first.startswith("State ")
    assert first.endswith((".", ":"))
    assert artifact.kinds
    assert artifact.depth in ("triage", "full")
    if artifact.place == "registry":
        assert artifact.hive in HIVES
        assert not artifact.path.startswith("\\")
    elif artifact.place in {"file", "folder"}:
        assert artifact.path.partition("/")[0] in {"%SystemRoot%", "%SystemDrive%", "%UserProfile%", *RENAMED}


@pytest.mark.parametrize("artifact", artifacts())
def test_an_artifact_says_what_it_yields_and_takes_one_place(artifact):
    signature = inspect.signature(artifact.read)
    assert len(signature.parameters) == 1
    assert str(signature.return_annotation).startswith("Iterator[Fact[")


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_is_documented_and_every_claim_says_what_it_rests_on(kind):
    assert KEBAB.fullmatch(kind.name)
    assert kind.title
    assert kind.title[0].isupper() or kind.title[0].isdigit()
    assert not kind.title.endswith(".")
    assert isinstance(kind.origin, Origin)
    assert kind.claims
    for claim in kind.claims:
        assert claim.text[-1] in ".:)", claim.text
        if claim.basis in (Basis.SOURCED, Basis.OBSERVED):
            assert claim.source, claim.text


@pytest.mark.parametrize("kind", kinds())
def test_every_effect_says_what_it_rests_on(kind):
    for change, effect in kind.renews.items():
        assert bool(effect.exception) == (effect.outcome == "usually"), change
        assert bool(effect.machines) == (effect.basis is Basis.OBSERVED), change
        if effect.basis in (Basis.OBSERVED, Basis.SOURCED):
            assert effect.source, change


@pytest.mark.parametrize("kind", kinds())
def test_a_row_is_that_of_a_kind_which_declares_what_renews_it(kind):
    if kind.namespace is not None:
        head = KINDS[kind.namespace]
        assert head.namespace == head.name
        assert head.standing != "former"
        assert kind.origin in (Origin.RANDOM, Origin.ASSIGNED, Origin.DERIVED, Origin.OBSERVED)


@pytest.mark.parametrize("kind", kinds())
def test_what_is_random_or_assigned_is_compared(kind):
    identifies = kind.namespace is not None or kind.also is not None
    assert identifies == (kind.name not in NOT_COMPARED) or kind.origin not in (Origin.RANDOM, Origin.ASSIGNED)


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_is_named_after_its_constant(kind):
    constants = {
        kebab(name): value for artifact in ARTIFACTS for name, value in vars(inspect.getmodule(artifact.read)).items() if value is kind
    }
    assert kind.name in constants


@pytest.mark.parametrize("kind", kinds())
def test_the_constants_of_a_kind_have_its_type(kind):
    assert all(isinstance(value, kind.type) for value in kind.known_values)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_of_artifacts_has_a_test_beside_it(module):
    assert (HERE / f"test_{module}.py").exists()


def test_no_claim_or_page_names_a_place_of_work():
    text = " ".join(
        [*(artifact.documentation for artifact in ARTIFACTS), *(str(kind.claims) + str(kind.references) for kind in KINDS.values())]
    )
    assert not re.search(r"/work|\.\./shared|helper", text)


def test_artifact_modules_load_no_room_that_reads_evidence():
    import subprocess
    import sys

    code = (
        "import sys; from forensic.artifacts.declaration import load; load();"
        "print([n for n in sys.modules if n.startswith(('forensic.windows', 'forensic.volumes'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_indexes_are_what_the_declarations_say():
    from tools import index

    assert index.ARTIFACTS.read_text(encoding="utf-8") == index.artifacts()
    assert index.RULES.read_text(encoding="utf-8") == index.rules()


def test_a_triage_imports_no_module_of_full_depth_and_states_what_full_states_too():
    import subprocess
    import sys

    code = (
        "import sys; from forensic.artifacts.declaration import load; from forensic.reasoning.rule import load as rules;"
        "print(*(one.name for one in load('triage'))); rules('triage');"
        "from forensic.artifacts import index as a; from forensic.reasoning import index as r;"
        "print(*({f'forensic.artifacts.{n}' for n in a.FULL} | {f'forensic.reasoning.{n}' for n in r.FULL}) & set(sys.modules));"
        "load('full'); print(*(one.name for one in load('triage')))"
    )
    first, modules, again, *_ = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    assert modules == ""
    assert first == again
    assert first.split() == [artifact.name for artifact in ARTIFACTS if artifact.depth == "triage"]
