#!/bin/bash
# docs/options.md is what the options tables say.
. "$(dirname "$0")/../lib.sh"
if command -v python3 >/dev/null; then
    holds "docs/options.md is up to date" python3 "$source_dir/tools/make-docs" --check --auxfuse "$AUXFUSE"
else
    skip "docs/options.md: no python3"
fi
finish
