"""Documents that the claims and references of kinds name: one spelling of every title and address."""

from __future__ import annotations

KB_314828 = "Microsoft KB 314828, https://learn.microsoft.com/en-us/troubleshoot/windows-server/setup-upgrade-and-drivers/windows-installations-disk-duplication"
"""Windows installations and disk duplication: the policy that the program tests."""
GENERALIZE = "Microsoft, Sysprep (Generalize) a Windows installation, https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/sysprep--generalize--a-windows-installation"
HOW_SYSPREP_WORKS = "Microsoft, How Sysprep Works (Windows Server 2003), https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2003/cc736393(v=ws.10)"
FOUR_SYSOPS = "4sysops, Why Sysprep is an obligatory Windows deployment tool, part 1"
PATENT_6535977 = "Microsoft, US patent 6,535,977, https://patents.justia.com/patent/6535977"
JAPAN_SYSPREP = "Microsoft Japan Windows support, Sysprep and master images, https://jpwinsup.github.io/blog/2026/04/13/Deployment/Sysprep/sysprep-masterimage/"
JAPAN_MACHINE_ID = "Microsoft Japan Windows support, duplicated MachineId, https://jpwinsup.github.io/blog/2023/01/11/Deployment/Sysprep/duplicatedMachineId/"
SYSTEM_ERRORS = (
    "Microsoft, System Error Codes (8200-8999), https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--8200-8999-"
)
MS_DTYP = "Microsoft, [MS-DTYP] Windows Data Types, https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-dtyp/"
MS_SAMR = (
    "Microsoft, [MS-SAMR] Security Account Manager Remote Protocol, https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-samr/"
)
NEWSID = "Sysinternals, NewSID, https://learn.microsoft.com/en-us/sysinternals/downloads/newsid"
GHOST_WALKER = "Ghost Walker 1.1.2 release notes (GHSTWALK.TXT)"
POWERQUEST = "PowerQuest SIDchanger 3.00 README"
WINREG_KB = "libyal, Windows Registry knowledge base, https://github.com/libyal/winreg-kb"
REGRIPPER = "RegRipper 3.0, https://github.com/keydet89/RegRipper3.0"
IMPACKET = "impacket, secretsdump, https://github.com/fortra/impacket"
PROFILE_STATES = "Precedence Technologies, ProfileStates, http://precedence.co.uk/wiki/Support-KB-Windows/ProfileStates"
REGIPY = "regipy, https://github.com/mkorman90/regipy"
RECMD = "RECmd BasicSystemInfo.reb, https://github.com/EricZimmerman/RECmd"
GDID = "gdid-reversal, https://github.com/SmtimesIWndr/gdid-reversal"
LIBFSNTFS = "libyal, NTFS documentation, https://github.com/libyal/libfsntfs/blob/main/documentation/New%20Technologies%20File%20System%20(NTFS).asciidoc"
EVTX_FORMAT = "libyal, libevtx: Windows XML Event Log format, https://github.com/libyal/libevtx"
GENERALIZE_XML = "Generalize.xml of Windows 10 1703, 1803 and 1903, https://github.com/operepo/sysprep_scripts"
"""What generalize runs, in order. Its owner had taken entries out: what is missing there may run all the same."""
SPECIALIZE_LOGS = (
    "setup logs of a Windows 7, of a Server 2012 R2 deployed in Azure and of a Windows 10 1709 from media, published by their owners"
)
ASSERT_GENERALIZED = "assert-generalized.sh of a public template-building repository (2026)"
GENERALIZE_LIST = "ActionFiles\\Generalize.xml of Windows 10 1703, 1803 and 1909 (operepo/sysprep_scripts)"
