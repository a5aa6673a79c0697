@echo off
rem Runs the stsw command line: in a checkout, where it is built first when it is missing (after a change of the sources,
rem delete cli\target\stsw.jar), or, as bin\stsw.cmd of an archive, from lib\stsw.jar and with the Java in runtime\ if
rem there is one. See the script stsw for what each setting is good for.
setlocal
rem Not as arguments of java: its launcher reads them in the ANSI code page, and takes what is not in it for wildcards.
set STSW_ARGUMENTS=%*
set "ROOT=%~dp0"
set "JAR=%ROOT%cli\target\stsw.jar"
set "INSTALLED=checkout"
if not exist "%ROOT%pom.xml" if exist "%ROOT%..\lib\stsw.jar" (
  set "ROOT=%~dp0..\"
  set "JAR=%~dp0..\lib\stsw.jar"
  set "INSTALLED=archive"
)

set "HOME_OF_JAVA="
if defined STSW_JAVA set "HOME_OF_JAVA=%STSW_JAVA%"
if not defined HOME_OF_JAVA call :accept "%ROOT%runtime"
if not defined HOME_OF_JAVA call :accept "%JAVA_HOME%"
if not defined HOME_OF_JAVA for %%J in (java.exe) do if not "%%~$PATH:J"=="" call :accept "%%~dp$PATH:J.."
if not defined HOME_OF_JAVA for /d %%D in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\jdk*" "%USERPROFILE%\.jdks\*") do call :accept "%%~D"
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

set "CLASSES=%JAR%"
if defined STSW_CLASSPATH set "CLASSES=%JAR%;%STSW_CLASSPATH%"
rem What these compute, the compiler that takes longer makes 5 to 10 times as quick.
set "LEVEL=1"
for %%C in (stats diff hash view) do if "%~1"=="%%C" set "LEVEL=4"
if "%~1"=="verify" if "%~2"=="--sha256" set "LEVEL=4"

"%HOME_OF_JAVA%\bin\java" -XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -Xms4m -XX:+UseCompactObjectHeaders -XX:TieredStopAtLevel=%LEVEL% -XX:-UsePerfData -Xlog:disable --enable-native-access=ALL-UNNAMED -Dstsw.installed=%INSTALLED% -Dstsw.arguments=line %STSW_OPTS% -cp "%CLASSES%" dev.stsw.cli.Main
exit /b %ERRORLEVEL%

rem Sets HOME_OF_JAVA if the folder's release file speaks of version 25 or newer. Not by findstr: JAVA_VERSION_DATE begins
rem with the same word. Compared as numbers, because "9" is more than "25" as a text.
:accept
if defined HOME_OF_JAVA exit /b
if not exist "%~1\release" exit /b
set "MAJOR=0"
for /f "usebackq tokens=1,2 delims==" %%K in ("%~1\release") do if "%%K"=="JAVA_VERSION" for /f "delims=." %%M in ("%%~L") do set "MAJOR=%%M"
if %MAJOR% geq 25 if exist "%~1\bin\java.exe" set "HOME_OF_JAVA=%~1"
exit /b
