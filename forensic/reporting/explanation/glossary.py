"""Glossary: the words of the field and ours, each said once; pages of `explain`, and `docs/glossary.md`.

Words in *italics* have their own entry.
"""

from __future__ import annotations

from forensic.model.judgement import POLICY_WORDS, STRENGTH_WORDS

GLOSSARY: dict[str, dict[str, str]] = {
    "Windows": {
        "account SID": "SID of a local account: the *machine SID* and a RID, the number of the account.",
        "answer file": "`unattend.xml` or `sysprep.inf`: what Setup and Sysprep do without asking.",
        "audit mode": "A start before the first user's, in which a *master* is prepared.",
        "boot key": (
            "16 bytes in SYSTEM from which the keys of SAM and SECURITY are derived; made by Setup. That *specialize* makes another "
            "one is inferred up to Windows 8.1, and not shown from Windows 10 on. Reports hold its SHA-256 only."
        ),
        "CloneTag": "Time at which Sysprep *generalize*d an installation, kept in SYSTEM; installation media carry one of their own.",
        "control set": "One of the numbered configurations in SYSTEM; `Select` says which one is in use.",
        "domain SID": "SID of a domain: the prefix of its accounts. The first domain controller gives its own machine SID to the domain.",
        "first SID": (
            "The *machine SID* that the security authority generated at the first setup of a *setup lineage*; Windows 10 and later "
            "note it in `lsasetup.log`, which *specialize* leaves alone."
        ),
        "generalize": (
            "The pass of Sysprep that removes what belongs to one machine, so that a *master* may be copied. It writes *CloneTag*, "
            "log and tag file, and leaves the machine SID for *specialize*."
        ),
        "hive": "A file of the registry: SAM, SECURITY, SYSTEM, SOFTWARE, NTUSER.DAT, …",
        "last-written time": "Time at which a key was last changed. Values have none.",
        "machine SID": "`S-1-5-21-a-b-c`: the random number that Setup or *specialize* gives an installation; SAM and SECURITY hold it.",
        "media": (
            "Microsoft's installation image. From Windows Vista on it is itself generalized, so that a plain installation runs "
            "*specialize* too."
        ),
        "OOBE": "Out-of-box experience: the questions of the first start.",
        "profile": "The folder of a user, with the user's own hive.",
        "refreshed media": (
            "Media that Microsoft itself set up and updated before it shipped: *first SID*, account domain and accounts are older "
            "than the owner's setup, and equal on all who use it."
        ),
        "RegBack": "A folder of earlier copies of the hives; Windows XP has `repair`.",
        "respecialize": (
            "*specialize* run again on an installation that is set up, without a *generalize*: after new hardware, or at the first "
            "start of a copy. No sign of Sysprep."
        ),
        "seal": "To generalize and shut down: a sealed *master* has not started since.",
        "setup lineage": (
            "All cleanups, generalizes, specializes and upgrades of an image since its *media*, on whichever computers: "
            "`DtcInstall.log` and `TSSysprep.log` remember them."
        ),
        "shadow copy": "A state of a volume that Windows kept.",
        "SID changer": (
            "A tool that gives an installation another machine SID without Sysprep, such as NewSID. It leaves everything else equal."
        ),
        "specialize": (
            "The pass of the first start after a *generalize*: it gives the new *machine SID*, MachineGuid and what else is made "
            "with them, and binds the installation to its hardware."
        ),
        "Sysprep": "Microsoft's tool that prepares an installation for copying.",
        "transaction log": "File beside a hive with changes that the hive may not hold yet.",
        "Windows.old": "Folder of the former Windows that an upgrade or a new installation leaves.",
        "WSUS": (
            "An organization's own update server. It knows its clients by the SusClientId (`sus-client-id`); copies with one "
            "SusClientId replace each other there."
        ),
    },
    "Copies": {
        "candidate": "An installation of a *catalog* that shares an identifying value with another one: worth judging as a pair.",
        "catalog": "The archive of examined images: their reports, identifiers, and the pairs that were judged.",
        "constant": "A value that many unrelated installations share; a *catalog* that knows it does not count it.",
        "device id": (
            "The identifier by which Microsoft's push service knows a computer, one in each user *profile* (`msa-device-id`). "
            "*generalize* leaves it there, so that copies with used profiles lose push notifications."
        ),
        "direction": "Which of two images the other one was made from, or that both come from one *master*.",
        "duplicate": "An installation copied to another computer; without Sysprep where no valid *generalize* came before the copy.",
        "fork": "The moment at which two installations ceased to be one. It is stated as a bracket: after one time, before another.",
        "lineage": "Whether two images descend from one Windows installation.",
        "master": "The installation that is copied.",
        "relation": "What two images are to each other, such as `same-machine` or `generalized-siblings`.",
        "relocated": "Running on hardware or a disk other than the one it was set up on.",
        "siblings": "Installations from one master.",
    },
    "Reading": {
        "acquire": "To copy a disk into an image.",
        "artifact": "One place that is read, and what is stated from it; declared in one file.",
        "collection": "Files gathered from a computer (hives, logs), in a folder or an archive, instead of a whole disk.",
        "collector": "The part that runs all artifacts over one installation.",
        "container": "The file format of an image: raw, E01, VHDX, …",
        "cross-check": "Reading a value by a second, independent reader; a difference is a *problem* of the report.",
        "decisive": "A kind on which verdicts hang most: `--cross-check` reads it twice.",
        "depth": "How much is looked at: `triage` for what a first verdict needs, or `full`.",
        "dirty": "A hive whose last changes are in its transaction log only. Not the same as *malformed* or *unreadable*.",
        "evidence source": "What was given to examine: an image, a volume, a collection, a mounted Windows tree.",
        "guard": (
            "What a process that reads untrusted evidence gives up first: other files, writing, the network, other programs; and limits "
            "of its memory and time. `forensic doctor` says what is on."
        ),
        "installation": (
            "One Windows found in a source: active, old, in a *shadow copy* or a snapshot, in a recovery environment, from a *collection*,"
            " or captured in a WIM."
        ),
        "key sample": "The keys of a hive whose hashes are smallest: two samples tell how much two hives share.",
        "lease": "A source that one scan has in hand, for some minutes; when it dies, another one gets it.",
        "malformed": "Read, but not in the form that it should have.",
        "metering": "What an examination costs: bytes, requests, seconds, memory.",
        "optional values": "Values that only some releases write; their absence says nothing.",
        "place": "Where a value was read: volume, file, hive, key, value, offset.",
        "segment": "One of the files that a split image consists of.",
        "unreadable": "There, but its bytes could not be had.",
        "upcase": "To bring names to the case in which the registry or NTFS compares them.",
    },
    "Stating": {
        "basis": "How well a claim is founded: sourced, observed, inferred, unverified.",
        "change": "Something that happens to an installation and may give an identifier a new value: setup, generalize, a rename, …",
        "current and former set": "Of one *namespace* and one machine: the values that are its own today, and those that it had before.",
        "effect": "What a change does to a value: always another one, usually (with an exception), or kept.",
        "fact": "One statement with its *kind*, value, place, raw bytes and time. It holds no judgement.",
        "gap": "Something that was looked for and could not be stated, with reason, *gap code* and *place*. A gap is never evidence.",
        "gap code": "What exactly is absent, such as `no-key`: `forensic explain no-key`.",
        "identifier": "A value that tells one machine from another.",
        "identity": "Who an installation is: names, SIDs, accounts, profiles, devices.",
        "kind": "One sort of fact, such as `machine-sid`, with what is known about it.",
        "known values": "Values that come from media, vendors or defaults. They never count.",
        "namespace": "The row in which values are compared between machines, of whatever kind they are.",
        "origin": "Where the values of a kind come from: random, derived, chosen, assigned, hardware, media, observed.",
        "problem": "Something wrong with the evidence, or with its reading, that a person should know.",
        "problem code": "Which *problem* it is, such as `missing-segment`: `forensic explain missing-segment` says effect and remedy.",
        "redacted": "Said of a report in which names were replaced, each by one label everywhere.",
        "secret": "A kind of which only the SHA-256 is stated.",
    },
    "Judging": {
        "alternatives": "Innocent or other explanations that the evidence leaves open; `not_excluded` in a report.",
        "binding": "Deciding which of the things found belong to one computer.",
        "cap": "A condition that holds the strength of a verdict down, with its reason.",
        "carries": "Said of evidence that is enough for a verdict; the row that says how much is named in the report.",
        "cause": "What a piece of *evidence* comes from, such as a new board. It names the *group*.",
        "consequences": "What breaks where another computer has the same identifiers.",
        "decided by": "The *row* that carries a *verdict*, or the *veto* that leaves it undetermined.",
        "earlier state": "The same installation at an earlier time: *RegBack*, a *shadow copy*, a snapshot of the disk, *Windows.old*.",
        "evidence": "What a rule concludes from named facts: for or against a verdict, of one strength, with one group.",
        "examination": "From a source to its report.",
        "finding": "What an examination concludes, with its evidence.",
        "group": "The cause of a piece of evidence. Evidence with one cause counts once.",
        "hardware set": "Devices that were found at one time; a second hardware set suggests another computer.",
        "history": "What happened to one installation: the code of its *verdict*.",
        "hypothesis table": (
            "Two states compared by competing hypotheses: columns are what may have happened since they were one, rows are *namespace*s."
        ),
        "identity conflict": "A record that another computer with the same identity was met on the network.",
        "policy": "What a verdict means under Microsoft's rule on disk duplication (KB 314828): compliant, suspect, violation, …",
        "rejudge": "To judge the facts of a saved report by the rules of today.",
        "remedies": "What to do next.",
        "row": "One named line of the weighing: it carries, caps, or vetoes.",
        "rule": "What one sort of trace means: facts in, evidence out.",
        "strength": "Of evidence: weak, moderate, strong. Of a verdict: indicated, strong, proven; or undetermined, contradicted.",
        "subject": "One installation as the rules see it: facts and gaps, and nothing that needs an image.",
        "timeline": "The events in the life of an installation, in the order of time.",
        "verdict": "The conclusion over one installation.",
        "veto": "A condition under which a verdict that evidence carries is not given.",
        "weighing": "From evidence to a verdict, by rows.",
    },
    "Levels": {
        "compliant": f"The *policy*: {POLICY_WORDS['compliant']}.",
        "contradicted": f"The *strength* of a verdict, {STRENGTH_WORDS['contradicted']}.",
        "indicated": f"The *strength* of a verdict, {STRENGTH_WORDS['indicated']}.",
        "moderate": "The *strength* of evidence: it points to one cause, and another everyday cause can leave the same.",
        "none-found": f"The *policy*: {POLICY_WORDS['none-found']}. A copy never started elsewhere looks like its original.",
        "proven": f"The *strength* of a verdict, {STRENGTH_WORDS['proven']}.",
        "strong": f"The *strength* of evidence: few other causes leave the same. Of a verdict, {STRENGTH_WORDS['strong']}.",
        "suspect": f"The *policy*: {POLICY_WORDS['suspect']}. Innocent explanations remain, and are named.",
        "violation": f"The *policy*: {POLICY_WORDS['violation']}.",
        "weak": "The *strength* of evidence: it fits, and much else fits as well. Weak evidence never carries a verdict that accuses.",
    },
}
"""Section -> word -> meaning; the words of a section in the order of the alphabet."""
