#!/usr/bin/env bash
# auxfuse --version names the version, the commit where the sources are a git tree, and the plugin ABI.
. "$(dirname "$0")/../lib.sh"
holds "--version" "$AUXFUSE" --version
cp "$output" version.txt
holds "--version has its form" grep -qxE 'auxfuse [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]{7,}(-dirty)?\))?, plugin ABI [0-9]+\.[0-9]+' version.txt

if ! command -v git >/dev/null; then
    skip "the commit in --version: git is not installed"
    finish
fi
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git() { command git -c user.name=a -c user.email=a@example.org -c init.defaultBranch=main "$@"; }
# revision FOLDER: what a build of these sources would call itself
revision() {
    cmake -DSOURCE="$PWD/$1" -DOUTPUT="$PWD/revision.c" -P "$source_dir/tools/cmake/AuxfuseRevision.cmake" || return
    sed -n 's/^const char axf_revision\[\] = "\(.*\)";.*/<\1>/p' revision.c
}
mkdir -p archive tree/inner
touch tree/file
git init -q tree
git -C tree add file
git -C tree commit -qm one
commit=$(git -C tree rev-parse --short=7 HEAD)
holds "a clean tree is its commit" test "$(revision tree)" = "<$commit>"
touch -d 2001-01-01 revision.c
revision tree >/dev/null
holds "the file stays as it is while the answer does" test revision.c -ot tree
git -C tree tag -a -m one v1
holds "a tag changes nothing" test "$(revision tree)" = "<$commit>"
echo changed >tree/file
holds "a changed tree says so" test "$(revision tree)" = "<$commit-dirty>"
holds "a source archive has no commit" test "$(revision archive)" = "<>"
holds "nor has one unpacked inside somebody's repository" test "$(revision tree/inner)" = "<>"
finish
