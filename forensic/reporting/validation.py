"""Validation: on which real data each artifact was tried, as the pages say it."""

REAL_DATA: dict[str, str] = {
    "Windows 10 of DFIRArtifactMuseum (Rathbun)": """
        account-domain-name account-sid cached-logon device-census device-identity device-log-span domain-name event-boots
        event-checkpoint-application event-checkpoint-devices event-checkpoint-microsoft-accounts event-checkpoint-network-profiles
        event-checkpoint-push-notifications event-checkpoint-security event-checkpoint-setup event-checkpoint-system
        event-checkpoint-user-profiles event-clock-change event-clock-change-security event-domain-name event-log-application
        event-log-devices event-log-microsoft-accounts event-log-network-profiles event-log-push-notifications event-log-security
        event-log-setup event-log-system event-log-user-profiles event-release event-rename event-shutdown-request event-time-zone
        identity-store lsa-key-list lsa-policy-time lsa-secret machine-activity machine-sid machine-sid-of-policy media-player-client-id
        msa-device-id msa-device-ticket msa-token-device-id oobe-time profile-history push-notification-state sam-domain-created
        sam-history security-descriptor-stream security-history sqm-user-id text-log-prefix-devices user-hive-sid user-hive-sid-of-classes
    """,
    "Windows 10 of DFIRArtifactMuseum (Belkasoft)": """
        account-domain-name account-sid cached-logon device-identity domain-name domain-sid event-boots event-checkpoint-application
        event-checkpoint-devices event-checkpoint-microsoft-accounts event-checkpoint-network-profiles event-checkpoint-push-notifications
        event-checkpoint-security event-checkpoint-setup event-checkpoint-system event-checkpoint-user-profiles event-clock-change
        event-clock-change-security event-domain-name event-log-application event-log-devices event-log-microsoft-accounts
        event-log-network-profiles event-log-push-notifications event-log-security event-log-setup event-log-system
        event-log-user-profiles event-peer-logons event-release event-rename event-shutdown-request event-time-zone identity-store
        lsa-key-list lsa-policy-time lsa-secret machine-account-sid machine-activity machine-sid machine-sid-of-policy msa-device-id
        msa-device-ticket msa-token-device-id profile-history push-notification-state sam-domain-created sam-history
        security-descriptor-stream security-history
    """,
    "M57-PAT, Windows XP": """
        account-domain-name account-sid adapter-connection adapter-driver cached-logon computer-name device-generation domain-name
        hardware-profile-guid host-name licensing-state lsa-boot-key lsa-boot-key-time lsa-key-list lsa-policy-time lsa-secret machine-sid
        machine-sid-of-policy mounted-device network-interface product-type profile-history sam-domain-created sam-history
        security-history setup-command setup-flag system-history time-zone user-hive-sid
    """,
    "MSEDGEWIN10, Windows 10": """
        account-domain-name account-sid cached-logon domain-name lsa-key-list lsa-policy-time lsa-secret machine-sid machine-sid-of-policy
        sam-domain-created sam-history security-history
    """,
    "2JQQWP1, Windows 8.1": """
        account-domain-name account-sid cached-logon domain-name domain-sid lsa-key-list lsa-policy-time lsa-secret machine-sid
        machine-sid-of-policy policy-revision sam-domain-created sam-history security-history
    """,
    "SENSEI, Windows 8.1": """
        adapter-connection adapter-driver child-completion clone-tag computer-name device-generation dhcpv6-duid hardware-config
        hardware-profile-guid host-name hypervisor-mark licensing-state lsa-boot-key lsa-boot-key-time media-time mounted-device
        network-interface product-type setup-command setup-flag setup-timer setupcl-run storage-space-id sysprep-status system-history
        time-zone tpm-key-hash unattend-pass
    """,
    "DESKTOP-PM6C56D, Windows 10": """
        adapter-connection adapter-driver background-activity child-completion clone-tag computer-name device-generation dhcpv6-duid
        hardware-config hardware-profile-guid host-name interface-address licensing-state lsa-boot-key lsa-boot-key-time media-time
        mounted-device network-interface product-type setup-command setup-flag setup-timer setupcl-run storage-space-id sysprep-status
        system-history time-zone tpm-key-hash tpm-state-key unattend-pass
    """,
    "DESKTOP-2KGM189, Windows 10": """
        adapter-connection adapter-driver background-activity child-completion clone-tag computer-name device-generation dhcpv6-duid
        event-boots event-checkpoint-system event-clock-change event-log-cleared event-log-system event-release event-rename
        event-shutdown-request event-time-zone hardware-config hardware-profile-guid host-name hypervisor-mark interface-address
        licensing-state lsa-boot-key lsa-boot-key-time machine-activity media-time mini-nt mounted-device network-interface
        offline-unique-id-seed product-type setup-command setup-flag setup-timer setupcl-run source-os storage-space-id sysprep-status
        system-history terminal-server-certificate time-zone tpm-key-hash tpm-state-key unattend-pass
    """,
    "six domain controllers, 2008 to 2022 (aiowinreg)": """
        account-domain-name account-sid cached-logon domain-name domain-sid lsa-key-list lsa-policy-time lsa-secret machine-account-sid
        machine-sid machine-sid-of-policy policy-revision sam-domain-created sam-history security-history
    """,
    "profiles, BCD and Amcache of regipy": """
        bcd-device device-census identity-store media-player-client-id msa-device-id msa-device-ticket msa-token-device-id oobe-time
        profile-history push-notification-state sqm-user-id user-assist user-hive-sid
    """,
    "setup logs of plaso": """
        device-log-span respecialize-run specialize-run text-log-prefix-devices text-log-prefix-setup
    """,
    "setup logs published by their owners": """
        assigned-machine-guid dtc-setup-step first-boot-setup first-sid first-sid-time image-state-change image-state-change-of-oobe
        onesettings-device-id-of-media panther-log-span sysprep-error sysprep-log text-log-prefix-dtc-install ts-setup-step
        unattend-log-span windeploy-run
    """,
    "event logs alone, published by people who tested them": """
        event-checkpoint-bitlocker event-checkpoint-group-policy event-checkpoint-other event-checkpoint-security event-checkpoint-sysmon
        event-domain-name event-log-bitlocker event-log-cleared-security event-log-group-policy event-log-other event-log-security
        event-log-sysmon event-peer-logons machine-guid-prefix
    """,
    "WKS-WINXP32BIT, Windows XP: system log": """
        event-boots event-checkpoint-system event-log-system event-release event-shutdown-request machine-activity
    """,
    "volumes of dfvfs and plaso": """
        disk-guid disk-signature object-id partition recycle-bin security-descriptor-stream shadow-copy usn-checkpoint usn-journal
        volume-created volume-serial
    """,
}
"""Public data of real machines and volumes, and the artifacts that state facts on it; a test reads the data and compares."""


def real_data_of(artifact: str) -> tuple[str, ...]:
    """Return the names of the real data on which the artifact of this name states facts."""
    return tuple(name for name, artifacts in REAL_DATA.items() if artifact in artifacts.split())
