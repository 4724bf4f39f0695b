@echo off
rem Starts PalFriend with the dashboard: start_web.bat [options of main.py]
setlocal
set "CHECK=import sys; sys.exit(sys.version_info < (3, 11))"
set "PYTHON=py -3"
%PYTHON% -c "%CHECK%" >nul 2>&1
if not errorlevel 1 goto start
set "PYTHON=python"
%PYTHON% -c "%CHECK%" >nul 2>&1
if not errorlevel 1 goto start
echo PalFriend needs Python 3.11 or newer. Install it, then start this file again:
echo     winget install --id Python.Python.3.12
pause
exit /b 1

:start
%PYTHON% "%~dp0start.py" %*
set "CODE=%ERRORLEVEL%"
rem A double-clicked window would close before anyone could read what went wrong.
if not "%CODE%"=="0" pause
exit /b %CODE%
