#!/bin/sh
# Makes a release of this checkout, up to the tag; README.md beside this says what follows.
#
#   dist/release.sh VERSION
set -eu
cd "$(dirname "$0")/.."
version=${1:?which version? For example: dist/release.sh 1.2.3}

say() { printf '== %s\n' "$*"; }
die() { printf 'release.sh: %s\n' "$*" >&2; exit 2; }

case $version in
*[!0-9.]* | .* | *. | *..*) die "$version is not a version such as 1.2.3" ;;
esac
[ -z "$(git status --porcelain)" ] || die "there are changes that are not committed"
git rev-parse -q --verify "refs/tags/v$version" >/dev/null && die "the tag v$version is there already"
grep -q '^## Unreleased' CHANGELOG.md || die "CHANGELOG.md has nothing under '## Unreleased'"

say "version $version"
today=$(date -u +%Y-%m-%d)
python3 - "$version" "$today" <<'PYTHON'
import re, sys

version, today = sys.argv[1:]
old = re.escape(re.search(r"<revision>([^<]+)", open("pom.xml", encoding="utf-8").read())[1])


def change(file, pattern, text):
    content = open(file, encoding="utf-8").read()
    changed, count = re.subn(pattern, text, content, count=1)
    if count != 1:
        sys.exit(f"release.sh: nothing in {file} matches {pattern}")
    open(file, "w", encoding="utf-8").write(changed)


change("pom.xml", r"<revision>[^<]+</revision>", f"<revision>{version}</revision>")
change("pom.xml", r"(<project.build.outputTimestamp>)[^<]+", rf"\g<1>{today}T00:00:00Z")
change("CHANGELOG.md", r"## Unreleased\n", f"## Unreleased\n\n## {version} ({today})\n")
change("README.md", r"(?s)\A.*\Z", lambda whole: re.sub(old, version, whole[0]))
change("examples/consumer-maven/pom.xml", r"<stsw.version>[^<]+", f"<stsw.version>{version}")
change("examples/consumer-gradle/build.gradle.kts", r'\?: "[^"]+"', f'?: "{version}"')
PYTHON
say "all tests"
./mvnw -B --no-transfer-progress verify
say "everything that people install"
git commit -qam "Release $version"
dist/build.sh
git tag -a "v$version" -m "stsw $version"
say "done: commit $(git rev-parse --short HEAD) and tag v$version; nothing was published"
