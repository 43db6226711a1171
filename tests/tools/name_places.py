#!/usr/bin/env python3
"""Names the places that tests/tools/count_alloc.c counted: reads its lines from standard input, asks addr2line."""
import subprocess
import sys

for line in sys.stdin:
    words = line.split()
    if words[:2] != ['count_alloc:', 'place']:
        print(line.rstrip())
        continue
    calls, size, callers = words[2], words[3], words[4:]
    names = []
    for caller in callers:
        path, _, offset = caller.rpartition('+')
        answer = subprocess.run(['addr2line', '-f', '-s', '-i', '-e', path, offset], capture_output=True, text=True)
        found = answer.stdout.split('\n')
        names += [f'{found[i]} ({found[i + 1].split(" ")[0]})' for i in range(0, len(found) - 1, 2)]
    print(f'{calls} calls, {size} bytes: {" < ".join(names)}')
