#!/usr/bin/env bash
# What a shell's completion or an editor calls must answer at once: under 50 ms of processor time with every plugin there, the
# least of five calls, whatever else the machine does, and without touching a heavy library.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 </dev/null

milliseconds() { # of processor time, the least of five calls
    python3 - "$@" <<'PY'
import resource, subprocess, sys
def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
least = 1e9
for _ in range(5):
    before = used()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    least = min(least, used() - before)
print(f'{1000 * least:.1f}')
PY
}
limit=50
! grep -q __asan_init "$AUXFUSE" && ! grep -q __tsan_init "$AUXFUSE" || limit=5000 # a sanitizer's start alone takes longer
for call in "plugins" "plugins attention" "plugins --json" "validate tiny.yml" "validate tiny.yml --print" "--help" "--version" \
    "run --help" "completion bash"; do
    read -ra words <<<"$call"
    time=$(milliseconds "$AUXFUSE" "${words[@]}")
    echo "  $time ms: auxfuse $call"
    holds "auxfuse $call takes less than $limit ms" python3 -c "import sys; sys.exit(not $time < $limit)"
    LD_DEBUG=libs "$AUXFUSE" "${words[@]}" >"$output" 2>&1
    if grep -E 'calling init|find library' "$output" | grep -qE 'libdnnl|libgomp|libomp|libcuda|libcublas|libcudnn|libmpi|libnccl'; then
        fail "auxfuse $call touches a heavy library"
    else
        pass "auxfuse $call touches no heavy library"
    fi
done
finish
