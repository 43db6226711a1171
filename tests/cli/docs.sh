#!/usr/bin/env bash
# docs/options.md is what the options tables say, and docs/auxfuse.1 what the help says; man finds nothing wrong in it.
. "$(dirname "$0")/../lib.sh"
if command -v python3 >/dev/null; then
    holds "docs/options.md is up to date" python3 "$source_dir/tools/make-docs" --check --auxfuse "$AUXFUSE"
    holds "docs/auxfuse.1 is up to date" python3 "$source_dir/tools/make-man" --check --auxfuse "$AUXFUSE"
else
    skip "docs/options.md and docs/auxfuse.1: no python3"
fi
if command -v man >/dev/null && command -v groff >/dev/null; then
    man --warnings -E UTF-8 -l -Tutf8 -Z "$source_dir/docs/auxfuse.1" >/dev/null 2>warnings.txt
    holds "the man page gives no warning" test ! -s warnings.txt
else
    skip "warnings of the man page: no man with groff"
fi
finish
