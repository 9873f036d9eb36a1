import hashlib
import json

from forensic.artifacts.identity.membership import CloudJoin, MdmEnrollment, cloud_join, mdm_enrollment
from forensic.errors import Malformed, NotFound
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

JOIN, ENROLLMENTS = r"ControlSet001\Control\CloudDomainJoin", r"Microsoft\Enrollments"
ID = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11"
THUMBPRINT = "0A" * 20


def hive(path, *values):
    built = HiveBuilder()
    built.key(path)
    for key, name, kind, data in values:
        built.value(rf"{path}\{key}", name, kind, data)
    return open_hive(built)


def test_a_join_is_stated_without_who_joined():
    entry = rf"JoinInfo\{THUMBPRINT}"
    opened = hive(JOIN, (entry, "TenantId", REG_SZ, ID), (entry, "UserEmail", REG_SZ, "ann@contoso.example"))
    (fact,), failure = state(cloud_join, opened, JOIN)
    digest = hashlib.sha256("ann@contoso.example\0".encode("utf-16-le")).hexdigest()
    assert (fact.value, failure) == (CloudJoin(THUMBPRINT.lower(), ID, digest), None)
    assert "ann" not in json.dumps(to_builtins(fact))
    assert "ann".encode("utf-16-le").hex() not in json.dumps(to_builtins(fact))


def test_a_malformed_tenant_is_a_gap_beside_the_join():
    (fact,), failure = state(cloud_join, hive(JOIN, (rf"JoinInfo\{THUMBPRINT}", "TenantId", REG_DWORD, 1)), JOIN)
    assert (fact.value, isinstance(failure, Malformed)) == (CloudJoin(THUMBPRINT.lower()), True)


def test_a_machine_that_never_joined_is_not_found(real):
    assert isinstance(state(cloud_join, hive(JOIN), JOIN)[1], NotFound)
    assert isinstance(state(cloud_join, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), JOIN)[1], NotFound)


def test_an_enrollment_with_a_provider_is_stated():
    opened = hive(
        ENROLLMENTS,
        (f"{{{ID.upper()}}}", "ProviderID", REG_SZ, "MS DM Server"),
        (f"{{{ID.upper()}}}", "EnrollmentState", REG_DWORD, 1),
        (f"{{{ID.upper()}}}", "EnrollmentType", REG_DWORD, 6),
        ("Context", "x", REG_SZ, ""),
    )
    facts, failure = state(mdm_enrollment, opened, ENROLLMENTS)
    assert ([fact.value for fact in facts], failure) == ([MdmEnrollment(ID, "MS DM Server", 1, 6)], None)


def test_enrollments_that_are_malformed_or_absent_are_gaps():
    assert isinstance(state(mdm_enrollment, hive(ENROLLMENTS, ("x", "ProviderID", REG_SZ, "y")), ENROLLMENTS)[1], Malformed)
    assert isinstance(state(mdm_enrollment, hive(ENROLLMENTS), ENROLLMENTS)[1], NotFound)
