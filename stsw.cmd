@echo off
rem Runs the stsw command line from this checkout. Builds it first when it is missing; after a change of the sources,
rem delete cli\target\stsw.jar. See the script stsw for what each setting is good for.
setlocal
set "ROOT=%~dp0"
set "JAR=%ROOT%cli\target\stsw.jar"

set "HOME_OF_JAVA="
if defined STSW_JAVA set "HOME_OF_JAVA=%STSW_JAVA%"
if not defined HOME_OF_JAVA call :accept "%JAVA_HOME%"
if not defined HOME_OF_JAVA for %%J in (java.exe) do if not "%%~$PATH:J"=="" call :accept "%%~dp$PATH:J.."
if not defined HOME_OF_JAVA for /d %%D in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%USERPROFILE%\.jdks\*") do call :accept "%%~D"
if not defined HOME_OF_JAVA (
  echo stsw: found no JDK 25 or newer: install one ^(https://adoptium.net^), or set STSW_JAVA to its folder 1>&2
  exit /b 2
)

if not exist "%JAR%" (
  echo stsw: building the command line, once 1>&2
  set "JAVA_HOME=%HOME_OF_JAVA%"
  call "%ROOT%mvnw.cmd" -q -B -f "%ROOT%pom.xml" -Pquick package -pl cli -am 1>&2 <nul
)
if not exist "%JAR%" (
  echo stsw: the build failed 1>&2
  exit /b 2
)

"%HOME_OF_JAVA%\bin\java" -XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -Xms4m -XX:+UseCompactObjectHeaders -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=ALL-UNNAMED %STSW_OPTS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%

rem Sets HOME_OF_JAVA if the folder's release file speaks of version 25 or newer.
:accept
if defined HOME_OF_JAVA exit /b
if not exist "%~1\release" exit /b
for /f "tokens=2 delims==." %%V in ('findstr /b JAVA_VERSION= "%~1\release"') do set "MAJOR=%%~V"
set "MAJOR=%MAJOR:"=%"
if "%MAJOR:~0,2%" geq "25" if exist "%~1\bin\java.exe" set "HOME_OF_JAVA=%~1"
exit /b
