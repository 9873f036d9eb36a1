#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Collects from this computer what Sysprep Forensic reads of a Windows installation, into one zip.

.DESCRIPTION
Files are read through a shadow copy of the system drive, which is made for it and removed at the end. Of key stores and traces of
products only the names are taken: in the zip these files are empty. What NTFS keeps for itself ($Secure:$SDS, $UsnJrnl, $MFT) cannot
be read by a script; KAPE and Velociraptor take it. The zip is as secret as the computer: its hives hold password hashes and keys.

Made from the artifacts of sysprep-forensic by python -m tools.documentation.
It was written without a Windows at hand and has not been tried on one. Try it on a computer of your own first.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File collect.ps1 -Output D:\desk-1.zip
#>
[CmdletBinding()]
param(
    # The zip that is written; it must not exist, and should lie on another drive.
    [Parameter(Mandatory = $true)] [string] $Output
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.IO.Compression

# Files that are taken; a component may hold *, and ** is any depth.
$Content = @(
    '%ProgramData%\AnyDesk\system.conf'
    '%ProgramData%\filebeat\meta.json'
    '%ProgramData%\metricbeat\meta.json'
    '%ProgramData%\Microsoft\Windows\Start Menu\Programs\*.lnk'
    '%ProgramData%\OCS Inventory NG\Agent\ocsinventory.dat'
    '%ProgramData%\Salt Project\Salt\conf\pki\minion\minion.pub'
    '%ProgramData%\Sophos\AutoUpdate\data\machine_ID.txt'
    '%ProgramData%\Sophos\Management Communications System\Endpoint\Persist\EndpointIdentity.txt'
    '%ProgramData%\ssh\ssh_host_*_key.pub'
    '%ProgramData%\Symantec\Symantec Endpoint Protection\PersistedData\sephwid.xml'
    '%ProgramData%\Tailscale\server-state.conf'
    '%ProgramData%\winlogbeat\meta.json'
    '%ProgramData%\ZeroTier\One\identity.public'
    '%ProgramFiles%\Elastic\Agent\fleet.enc'
    '%ProgramFiles%\Elastic\Agent\fleet.yml'
    '%ProgramFiles%\FOG\token.dat'
    '%ProgramFiles%\FusionInventory-Agent\var\FusionInventory-Agent.dump'
    '%ProgramFiles%\GLPI-Agent\var\GLPI-Agent.dump'
    '%ProgramFiles%\Novell\ZENworks\conf\DeviceGuid'
    '%ProgramFiles%\Orbit\identifier'
    '%ProgramFiles%\Orbit\secret-orbit-node-key.txt'
    '%ProgramFiles%\ossec-agent\client.keys'
    '%ProgramFiles%\Rapid7\Insight Agent\components\bootstrap\common\bootstrap.cfg'
    '%ProgramFiles%\Splunk\etc\instance.cfg'
    '%ProgramFiles%\SplunkUniversalForwarder\etc\instance.cfg'
    '%ProgramFiles%\Velociraptor\velociraptor.writeback.yaml'
    '%SystemDrive%\$Recycle.Bin\*\desktop.ini'
    '%SystemDrive%\$WINDOWS.~BT\Sources\Panther\setupact.log'
    '%SystemDrive%\*unattend*.xml'
    '%SystemDrive%\salt\conf\pki\minion\minion.pub'
    '%SystemRoot%\AppCompat\Programs\Amcache.hve'
    '%SystemRoot%\AppCompat\Programs\Amcache.hve.LOG'
    '%SystemRoot%\AppCompat\Programs\Amcache.hve.LOG1'
    '%SystemRoot%\AppCompat\Programs\Amcache.hve.LOG2'
    '%SystemRoot%\AppCompat\Programs\RecentFileCache.bcf'
    '%SystemRoot%\debug\NetSetup.LOG'
    '%SystemRoot%\DtcInstall.log'
    '%SystemRoot%\INF\setupapi*.log'
    '%SystemRoot%\INF\setupapi.dev*.log'
    '%SystemRoot%\INF\setupapi.dev.log'
    '%SystemRoot%\INF\setupapi.setup*.log'
    '%SystemRoot%\INF\setupapi.setup.log'
    '%SystemRoot%\lsasetup.log'
    '%SystemRoot%\Panther\*unattend*.xml'
    '%SystemRoot%\Panther\setupact.log'
    '%SystemRoot%\Panther\Unattend\*unattend*.xml'
    '%SystemRoot%\Panther\UnattendGC\setupact.log'
    '%SystemRoot%\Prefetch\GHSTWALK.EXE-*.pf'
    '%SystemRoot%\Prefetch\NEWSID.EXE-*.pf'
    '%SystemRoot%\Prefetch\SIDCHG*.EXE-*.pf'
    '%SystemRoot%\Prefetch\SYSPREP.EXE-*.pf'
    '%SystemRoot%\Setup\State\State.ini'
    '%SystemRoot%\SMSCFG.ini'
    '%SystemRoot%\SoftwareDistribution\ReportingEvents.log'
    '%SystemRoot%\System32\config\DEFAULT'
    '%SystemRoot%\System32\config\DEFAULT.LOG'
    '%SystemRoot%\System32\config\DEFAULT.LOG1'
    '%SystemRoot%\System32\config\DEFAULT.LOG2'
    '%SystemRoot%\System32\config\RegBack\SAM'
    '%SystemRoot%\System32\config\RegBack\SAM.LOG'
    '%SystemRoot%\System32\config\RegBack\SAM.LOG1'
    '%SystemRoot%\System32\config\RegBack\SAM.LOG2'
    '%SystemRoot%\System32\config\RegBack\SECURITY'
    '%SystemRoot%\System32\config\RegBack\SECURITY.LOG'
    '%SystemRoot%\System32\config\RegBack\SECURITY.LOG1'
    '%SystemRoot%\System32\config\RegBack\SECURITY.LOG2'
    '%SystemRoot%\System32\config\RegBack\SOFTWARE'
    '%SystemRoot%\System32\config\RegBack\SOFTWARE.LOG'
    '%SystemRoot%\System32\config\RegBack\SOFTWARE.LOG1'
    '%SystemRoot%\System32\config\RegBack\SOFTWARE.LOG2'
    '%SystemRoot%\System32\config\RegBack\SYSTEM'
    '%SystemRoot%\System32\config\RegBack\SYSTEM.LOG'
    '%SystemRoot%\System32\config\RegBack\SYSTEM.LOG1'
    '%SystemRoot%\System32\config\RegBack\SYSTEM.LOG2'
    '%SystemRoot%\System32\config\SAM'
    '%SystemRoot%\System32\config\SAM.LOG'
    '%SystemRoot%\System32\config\SAM.LOG1'
    '%SystemRoot%\System32\config\SAM.LOG2'
    '%SystemRoot%\System32\config\SECURITY'
    '%SystemRoot%\System32\config\SECURITY.LOG'
    '%SystemRoot%\System32\config\SECURITY.LOG1'
    '%SystemRoot%\System32\config\SECURITY.LOG2'
    '%SystemRoot%\System32\config\SOFTWARE'
    '%SystemRoot%\System32\config\SOFTWARE.LOG'
    '%SystemRoot%\System32\config\SOFTWARE.LOG1'
    '%SystemRoot%\System32\config\SOFTWARE.LOG2'
    '%SystemRoot%\System32\config\SYSTEM'
    '%SystemRoot%\System32\config\SYSTEM.LOG'
    '%SystemRoot%\System32\config\SYSTEM.LOG1'
    '%SystemRoot%\System32\config\SYSTEM.LOG2'
    '%SystemRoot%\System32\Sysprep\*unattend*.xml'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Cleanup.xml'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Generalize.xml'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Respecialize.xml'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Specialize.xml'
    '%SystemRoot%\System32\Sysprep\Panther\*unattend*.xml'
    '%SystemRoot%\System32\Sysprep\Panther\setupact.log'
    '%SystemRoot%\System32\Sysprep\Panther\setuperr.log'
    '%SystemRoot%\System32\Sysprep\Sysprep_succeeded.tag'
    '%SystemRoot%\System32\Tasks\**'
    '%SystemRoot%\System32\winevt\Logs\Application.evtx'
    '%SystemRoot%\System32\winevt\Logs\Key Management Service.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-BitLocker%4BitLocker Management.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-GroupPolicy%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-Kernel-PnP%4Configuration.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-LiveId%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-NetworkProfile%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-PushNotification-Platform%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-Sysmon%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Microsoft-Windows-User Profile Service%4Operational.evtx'
    '%SystemRoot%\System32\winevt\Logs\Security.evtx'
    '%SystemRoot%\System32\winevt\Logs\Setup.evtx'
    '%SystemRoot%\System32\winevt\Logs\System.evtx'
    '%SystemRoot%\Temp\vmware-imc\guestcust.log'
    '%SystemRoot%\TSSysprep.log'
    '%SystemRoot%\WindowsUpdate.log'
    '%UserProfile%\AppData\Local\Microsoft\Windows\UsrClass.dat'
    '%UserProfile%\AppData\Local\Microsoft\Windows\UsrClass.dat.LOG'
    '%UserProfile%\AppData\Local\Microsoft\Windows\UsrClass.dat.LOG1'
    '%UserProfile%\AppData\Local\Microsoft\Windows\UsrClass.dat.LOG2'
    '%UserProfile%\AppData\Roaming\Microsoft\Windows\Recent\*.lnk'
    '%UserProfile%\Desktop\*.lnk'
    '%UserProfile%\NTUSER.DAT'
    '%UserProfile%\NTUSER.DAT.LOG'
    '%UserProfile%\NTUSER.DAT.LOG1'
    '%UserProfile%\NTUSER.DAT.LOG2'
)
# Files and folders (which end with \) of which only the name is taken.
$Names = @(
    '%ProgramData%\Amazon\EC2-Windows\Launch\'
    '%ProgramData%\Amazon\EC2Launch\'
    '%ProgramData%\Microsoft\Crypto\DSS\MachineKeys\*'
    '%ProgramData%\Microsoft\Crypto\Keys\*'
    '%ProgramData%\Microsoft\Crypto\RSA\MachineKeys\*'
    '%ProgramData%\Microsoft\Crypto\RSA\S-1-5-18\*'
    '%ProgramData%\Microsoft\Crypto\RSA\S-1-5-19\*'
    '%ProgramData%\Microsoft\Crypto\RSA\S-1-5-20\*'
    '%ProgramData%\Microsoft\Crypto\SystemKeys\*'
    '%ProgramData%\VMware\View Composer\'
    '%ProgramData%\VMware\VMware vCenter Converter Standalone\'
    '%ProgramFiles%\Acronis\'
    '%ProgramFiles%\Altiris\'
    '%ProgramFiles%\Amazon\Ec2ConfigService\'
    '%ProgramFiles%\AOMEI*'
    '%ProgramFiles%\Base Image Script Framework (BIS-F)\'
    '%ProgramFiles%\Citrix\Provisioning Services\'
    '%ProgramFiles%\Citrix\PvsVm\'
    '%ProgramFiles%\Cloudbase Solutions\'
    '%ProgramFiles%\EaseUS\'
    '%ProgramFiles%\Faronics\'
    '%ProgramFiles%\FOG\'
    '%ProgramFiles%\Google\Compute Engine\'
    '%ProgramFiles%\Google\Compute Engine\sysprep\'
    '%ProgramFiles%\Macrium\'
    '%ProgramFiles%\opsi.org\'
    '%ProgramFiles%\Paragon Software\'
    '%ProgramFiles%\PlateSpin*'
    '%ProgramFiles%\Symantec\Ghost\'
    '%ProgramFiles%\Veeam\'
    '%ProgramFiles%\VMware\VMware vCenter Converter Agent\'
    '%ProgramFiles%\VMware\VMware vCenter Converter Standalone\'
    '%ProgramFiles%\VMware\VMware View\Composer Guest Agent\'
    '%SystemDrive%\_SMSTaskSequence\'
    '%SystemDrive%\fog.cfg'
    '%SystemDrive%\fog.log'
    '%SystemDrive%\ghost*.exe'
    '%SystemDrive%\ghost\'
    '%SystemDrive%\ghost\ghstwalk.exe'
    '%SystemDrive%\ghstwalk.exe'
    '%SystemDrive%\linbo*'
    '%SystemDrive%\linuxmuster*'
    '%SystemDrive%\MININT\'
    '%SystemDrive%\newsid*'
    '%SystemDrive%\opsi.org\'
    '%SystemDrive%\packer*'
    '%SystemDrive%\Personality.ini'
    '%SystemDrive%\sidchg*'
    '%SystemDrive%\sysprep\'
    '%SystemDrive%\sysprep\guestcust.log'
    '%SystemDrive%\WindowsAzure\'
    '%SystemRoot%\.post-gc-status'
    '%SystemRoot%\CCM\Logs\smsts*.log'
    '%SystemRoot%\Logs\PrepBISF_*'
    '%SystemRoot%\NTDS\DCCloneConfig.2*.xml'
    '%SystemRoot%\OEM\SetupComplete*.cmd'
    '%SystemRoot%\Setup\Scripts\SetupComplete.cmd'
    '%SystemRoot%\System32\Microsoft\Protect\*\*'
    '%SystemRoot%\System32\Microsoft\Protect\*\User\*'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Cleanup*'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Generalize*'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Respecialize*'
    '%SystemRoot%\System32\Sysprep\ActionFiles\Specialize*'
    '%SystemRoot%\Temp\DeploymentLogs\'
    '%SystemRoot%\Temp\vmware-imc\'
    '%SystemRoot%\Temp\vmware-imc\toolsDeployPkg.log'
    '%UserProfile%\AppData\Roaming\Microsoft\Crypto\Keys\*'
    '%UserProfile%\AppData\Roaming\Microsoft\Crypto\RSA\*\*'
    '%UserProfile%\AppData\Roaming\Microsoft\Protect\*\*'
)

$drive = $env:SystemDrive
$letter = $drive.Substring(0, 1)
$bases = @{
    '%SystemDrive%'  = @('')
    '%SystemRoot%'   = @($env:SystemRoot.Substring(3))
    '%ProgramData%'  = @($env:ProgramData.Substring(3))
    '%ProgramFiles%' = @('Program Files', 'Program Files (x86)')
    '%UserProfile%'  = @()
}
$list = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'
foreach ($key in Get-ChildItem -LiteralPath $list) {
    $folder = [Environment]::ExpandEnvironmentVariables([string] $key.GetValue('ProfileImagePath'))
    if ($folder -like "$drive\*") { $bases['%UserProfile%'] += $folder.Substring(3) }
}

function Find-Entry([string] $root, [string] $above, [string[]] $parts, [bool] $folders) {
    # Gives the paths below $root that match $parts, with $folders those of folders too; links are not followed.
    $part = $parts[0]
    $rest = @($parts | Select-Object -Skip 1)
    if ($part -eq '') { return @("$above\") }
    try {
        $items = @(Get-ChildItem -LiteralPath ([IO.Path]::Combine($root, $above)) -Force -ErrorAction Stop)
    }
    catch [System.Management.Automation.ItemNotFoundException] { return @() }
    catch {
        $script:unread += @{ path = $above; why = $_.Exception.Message }
        return @()
    }
    $found = @()
    foreach ($item in $items) {
        if ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) { continue }
        $path = if ($above) { "$above\$($item.Name)" } else { $item.Name }
        if ($part -eq '**') {
            if ($item.PSIsContainer) { $found += @(Find-Entry $root $path @('**') $folders) } else { $found += $path }
        }
        elseif ($item.Name -like $part) {
            if ($rest.Count -gt 0) { if ($item.PSIsContainer) { $found += @(Find-Entry $root $path $rest $folders) } }
            elseif (-not $item.PSIsContainer) { $found += $path }
            elseif ($folders) { $found += "$path\" }
        }
    }
    return $found
}

function Find-Place([string] $root, [string] $place, [bool] $folders) {
    $variable, $path = $place -split '\\', 2
    foreach ($base in $bases[$variable]) {
        $parts = @($path -split '\\')
        if ($base) { $parts = @($base -split '\\' | ForEach-Object { [WildcardPattern]::Escape($_) }) + $parts }
        Find-Entry $root '' $parts $folders
    }
}

$started = [DateTime]::UtcNow
$unread = @()
$taken = @()
$named = @()
$target = [IO.Path]::GetFullPath([IO.Path]::Combine((Get-Location).ProviderPath, $Output))
$made = Invoke-CimMethod -ClassName Win32_ShadowCopy -MethodName Create -Arguments @{ Volume = "$drive\"; Context = 'ClientAccessible' }
if ($made.ReturnValue -ne 0) { throw "No shadow copy of $drive could be made: error $($made.ReturnValue)." }
$link = Join-Path $env:TEMP ('forensic-' + [Guid]::NewGuid().ToString('N'))
$zip = $null
try {
    $shadow = Get-CimInstance -ClassName Win32_ShadowCopy -Filter "ID = '$($made.ShadowID)'"
    cmd.exe /c mklink /d "$link" "$($shadow.DeviceObject)\" | Out-Null
    if (-not (Test-Path -LiteralPath $link)) { throw "The shadow copy could not be opened." }
    $zip = New-Object IO.Compression.ZipArchive ([IO.File]::Open($target, 'CreateNew')), 'Create'
    $seen = @{}
    foreach ($place in $Content) {
        foreach ($path in @(Find-Place $link $place $false)) {
            if ($seen.ContainsKey($path)) { continue }
            $seen[$path] = $true
            $in = $null; $out = $null
            $hash = [Security.Cryptography.SHA256]::Create()
            try {
                $file = Get-Item -LiteralPath (Join-Path $link $path) -Force
                $in = [IO.File]::Open($file.FullName, 'Open', 'Read', 'ReadWrite, Delete')
                $out = $zip.CreateEntry("$letter/" + $path.Replace('\', '/'), 'Fastest').Open()
                $both = New-Object Security.Cryptography.CryptoStream $out, $hash, 'Write'
                $in.CopyTo($both)
                $both.FlushFinalBlock()
                $taken += @{
                    path = $path; size = $file.Length; written = $file.LastWriteTimeUtc.ToString('o')
                    sha256 = [BitConverter]::ToString($hash.Hash).Replace('-', '').ToLowerInvariant()
                }
            }
            catch { $unread += @{ path = $path; why = $_.Exception.Message } }
            finally { if ($out) { $out.Dispose() }; if ($in) { $in.Dispose() }; $hash.Dispose() }
        }
    }
    foreach ($place in $Names) {
        foreach ($path in @(Find-Place $link $place $true)) {
            if ($seen.ContainsKey($path)) { continue }
            $seen[$path] = $true
            $null = $zip.CreateEntry("$letter/" + $path.Replace('\', '/'))
            $named += $path
        }
    }
    $about = [ordered] @{
        made_by = 'collect.ps1 of sysprep-forensic'; started = $started.ToString('o'); finished = [DateTime]::UtcNow.ToString('o')
        shadow_copy = [string] $made.ShadowID; drive = $drive; files = $taken; names_only = $named; not_read = $unread
    }
    $writer = New-Object IO.StreamWriter ($zip.CreateEntry('forensic-collection.json').Open())
    try { $writer.Write((ConvertTo-Json -InputObject $about -Depth 4)) } finally { $writer.Dispose() }
}
finally {
    if ($zip) { $zip.Dispose() }
    if (Test-Path -LiteralPath $link) { cmd.exe /c rmdir "$link" | Out-Null }
    Get-CimInstance -ClassName Win32_ShadowCopy -Filter "ID = '$($made.ShadowID)'" | Remove-CimInstance
}
Write-Output "$($taken.Count) files, $($named.Count) names, $($unread.Count) not read: $target"
