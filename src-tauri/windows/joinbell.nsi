; Makes the Windows installer without Tauri's bundler, so that it can be made
; and tried on Debian (./check-platforms installer). The release files come
; from the bundler, on Windows itself; both install the same things for the
; user alone, so that nobody is asked for an administrator's password.
;
;   makensis -DVERSION=0.1.0 -DPROGRAM=folder -DICON=file.ico -DOUT=setup.exe joinbell.nsi
;
; `folder` holds joinbell.exe and, of a build by MinGW, WebView2Loader.dll.

Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user

!define ID "org.joinbell.desktop"
!define CLASSES "Software\Classes"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Joinbell"

Name "Joinbell"
OutFile "${OUT}"
Icon "${ICON}"
UninstallIcon "${ICON}"
InstallDir "$LOCALAPPDATA\Joinbell"
InstallDirRegKey HKCU "Software\Joinbell" ""
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Joinbell"
VIAddVersionKey "FileDescription" "Joinbell's installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache-2.0 OR MIT"

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; A program that runs holds its file, which is then neither written over nor
; deleted: Joinbell mostly runs, in the tray.
!macro WAIT_FOR_ITS_END un
Function ${un}WaitForItsEnd
  again:
    IfFileExists "$INSTDIR\joinbell.exe" 0 over
    ClearErrors
    FileOpen $0 "$INSTDIR\joinbell.exe" a
    IfErrors running
    FileClose $0
    Goto over
  running:
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Joinbell is running: quit it by its icon in the tray, then try again." /SD IDCANCEL IDRETRY again
    Abort
  over:
FunctionEnd
!macroend
!insertmacro WAIT_FOR_ITS_END ""
!insertmacro WAIT_FOR_ITS_END "un."

Section "Joinbell"
  Call WaitForItsEnd
  SetOutPath "$INSTDIR"
  File "${PROGRAM}\joinbell.exe"
  File /nonfatal "${PROGRAM}\WebView2Loader.dll"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Joinbell.lnk" "$INSTDIR\joinbell.exe"

  ; The sender of the notifications, by the name the program gives.
  WriteRegStr HKCU "${CLASSES}\AppUserModelId\${ID}" "DisplayName" "Joinbell"

  ; Links of the form joinbell://
  WriteRegStr HKCU "${CLASSES}\joinbell" "" "URL:Joinbell"
  WriteRegStr HKCU "${CLASSES}\joinbell" "URL Protocol" ""
  WriteRegStr HKCU "${CLASSES}\joinbell\shell\open\command" "" '"$INSTDIR\joinbell.exe" "%1"'

  WriteRegStr HKCU "Software\Joinbell" "" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Joinbell"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\joinbell.exe"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; What the user has written and the sealed store stay.
Section "Uninstall"
  Call un.WaitForItsEnd
  Delete "$INSTDIR\joinbell.exe"
  Delete "$INSTDIR\WebView2Loader.dll"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Joinbell.lnk"
  DeleteRegKey HKCU "${CLASSES}\AppUserModelId\${ID}"
  DeleteRegKey HKCU "${CLASSES}\joinbell"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Joinbell"
  DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "Joinbell"
SectionEnd
