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
#NOT_TRIED#

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
#CONTENT#
)
# Files and folders (which end with \) of which only the name is taken.
$Names = @(
#NAMES#
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
