# All test scripts include this file. It gives each script a scratch folder and a cache of its own, counts checks, and prints
# one summary line at the end.
#   expect CODE FRAGMENT… -- COMMAND…   checks that the command exits with CODE and prints every FRAGMENT
#   holds "what" COMMAND…               checks that the command succeeds
# A script ends with `finish`. To run one alone: AUXFUSE=path/to/auxfuse tests/cli/spec.sh
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(dirname "$here")
AUXFUSE=$(realpath -m "${AUXFUSE:-$source_dir/build/release/bin/auxfuse}")
if [ ! -x "$AUXFUSE" ]; then
    echo "$0: no auxfuse at $AUXFUSE: build it first, or set AUXFUSE" >&2
    exit 2
fi
scratch=$(mktemp -d)
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/home" "$scratch/cache" "$scratch/work"
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/cache LC_ALL=C.UTF-8
unset data AUXFUSE_PLUGIN_PATH AUXFUSE_MODELS AXF_TEST_FAIL_WRITE HF_HOME HF_HUB_CACHE TERM
cd "$scratch/work" || exit 2
output=$scratch/output
passed=0 failed=0 skipped=0

pass() {
    passed=$((passed + 1))
    [ -z "${VERBOSE:-}" ] || echo "  ok: $1"
}

fail() {
    failed=$((failed + 1))
    echo "  FAILED: $1"
    [ ! -s "$output" ] || tail -n 12 "$output" | cut -c 1-400 | sed 's/^/    | /'
}

skip() {
    skipped=$((skipped + 1))
    echo "  skipped: $1"
}

holds() {
    local what=$1
    shift
    if "$@" >"$output" 2>&1; then pass "$what"; else fail "$what: $*"; fi
}

# The output of a refused command has one error message, and no report of a sanitizer or a crash.
expect() {
    local code=$1 fragments=() status fragment complaint=
    shift
    while [ "$1" != -- ]; do
        fragments+=("$1")
        shift
    done
    shift
    "$@" >"$output" 2>&1 </dev/null
    status=$?
    [ $status -eq "$code" ] || complaint="exit code $status, expected $code"
    for fragment in "${fragments[@]}"; do
        grep -qF -- "$fragment" "$output" || complaint="$complaint; lacks '$fragment'"
    done
    if grep -qE 'Sanitizer|runtime error:|core dumped' "$output"; then
        complaint="$complaint; a sanitizer's report"
    fi
    if [ "$code" -eq 1 ] || [ "$code" -eq 2 ]; then
        [ "$(grep -c 'error: ' "$output")" -eq 1 ] || complaint="$complaint; not exactly one error message"
    fi
    if [ -z "$complaint" ]; then pass "$*"; else fail "$* → $complaint"; fi
}

# signal_at SIGNAL PATH-PART TEXT COMMAND…: runs the command, which gets the signal right after it has written TEXT at the
# beginning of a line of a file with PATH-PART in its path. An empty TEXT means any text. No clock is needed: tools/signal_at.c.
# With `parent` before the command, the signal goes to the parent of the first process that writes this. With `background`,
# the command runs on, and $! is its process.
signal_at() {
    local number part=$2 text=$3 settings=(LD_PRELOAD="$scratch/signal_at.so") background=
    number=$(kill -l "$1")
    settings+=(SIGNAL_AT="$number $part $text")
    shift 3
    if [ "$1" = parent ]; then
        rm -f "$scratch/signal-sent"
        settings+=(SIGNAL_PARENT=1 SIGNAL_ONCE="$scratch/signal-sent")
        shift
    fi
    [ "$1" != background ] || { background=1 && shift; }
    [ -e "$scratch/signal_at.so" ] || "${CC:-cc}" -std=c17 -Wall -Wextra -Werror -shared -fPIC -o "$scratch/signal_at.so" \
        "$here/tools/signal_at.c" || return
    if [ -n "$background" ]; then env "${settings[@]}" "$@" & else env "${settings[@]}" "$@"; fi
}

# Writes a tiny experiment on COUNT synthetic posts under posts/, with further lines of YAML from standard input: FILE COUNT
tiny_spec() {
    [ -d posts ] || "$AUXFUSE" data synth posts --count "$2" --seed 1 >"$output" 2>&1 || fail "data synth"
    {
        cat <<YAML
name: tiny
data: {loader: table, file: posts/posts.csv, images: posts/images}
model:
  text: {encoder: bert, weights: random, config: $source_dir/experiments/quickstart/tiny-bert, max_length: 16}
  image: {encoder: vit, weights: random, config: $source_dir/experiments/quickstart/tiny-vit}
  fusion: attention
  head: {dropout: 0.05}
train: {epochs: 1, batch: 8, learning_rate: 1e-3}
backend: reference
threads: 1
YAML
        cat
    } >"$1"
}

finish() {
    echo "$(basename "$0"): $passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
    [ $failed -eq 0 ]
    exit $?
}
