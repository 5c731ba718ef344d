# Signs one file for Windows: what Tauri's bundler calls for the program, the
# uninstaller and the installer. WINDOWS_CERTIFICATE holds a certificate with
# its key (PKCS #12) in base64, WINDOWS_CERTIFICATE_PASSWORD opens it.
param([Parameter(Mandatory)][string]$File)
$ErrorActionPreference = "Stop"
$tool = Get-ChildItem "C:\Program Files (x86)\Windows Kits\10\bin\*\x64\signtool.exe" | Select-Object -Last 1
if (-not $tool) { throw "signtool.exe is missing; install the Windows SDK." }
$certificate = New-TemporaryFile
try {
  [IO.File]::WriteAllBytes($certificate, [Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
  & $tool sign /fd SHA256 /f $certificate /p $env:WINDOWS_CERTIFICATE_PASSWORD /tr http://timestamp.digicert.com /td SHA256 $File
  if ($LASTEXITCODE) { throw "signtool could not sign $File." }
} finally {
  Remove-Item $certificate
}
