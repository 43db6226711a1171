#!/usr/bin/env bash
# tools/bench/encoders with programs that only print times: rows are set among those that are there, and none is lost.
. "$(dirname "$0")/../lib.sh"
cat >encode <<'SH'
#!/bin/sh
case "$*" in *backward=1*) seconds=0.5 ;; *) seconds=0.25 ;; esac
echo "{\"seconds\": [$seconds, $seconds, 9], \"peak_rss_bytes\": 1073741824}"
SH
cat >python <<'SH'
#!/bin/sh
case "$*" in
-c*) echo "torch ${TORCH:-1}, torchvision 2, transformers 3" ;;
*"--make bernice"*) [ -z "$BREAK" ] || exit 1; echo "{}" ;;
*"--make dinov2"*) echo "{\"absent\": \"too old\"}" ;;
*--make*) echo "{}" ;;
*" both "*) echo "{\"seconds\": [2], \"cpu_seconds\": [${CPU:-2}], \"peak_rss_bytes\": 3221225472}" ;;
*) echo "{\"seconds\": [1], \"cpu_seconds\": [1], \"peak_rss_bytes\": 1}" ;;
esac
SH
chmod +x encode python
tool=$source_dir/tools/bench/encoders
# The day that the tool writes into each row becomes DAY, also when midnight passes.
measure() {
    "$tool" --encode ./encode --python ./python --threads 1 --rounds 2 --steps 3 --output b.md "$@" >measured
    local code=$?
    sed -E 's/\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b/DAY/' measured
    sed -i -E 's/\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b/DAY/' b.md
    return $code
}
refused() { ! measure "$@"; }
printf '# Benchmarks\n\n## Other\nstays\n\n## Encoders of published size\nold text\n\nfp32:\n\n| encoder | x |\n|---|---|\n| vilt-b32 | 1 |\n\n## Last\nstays, too\n' >b.md
cp b.md before
holds "a row that would be lost: refused" refused --names mmbt
cp "$output" said
holds "by its name, and with what helps" grep -q 'vilt-b32 (fp32) were measured.*--replace' said
holds "nothing is written" cmp b.md before
holds "--replace leaves it out" measure --names mmbt lxmert-base --json all.json --replace
row="32.0 | 8.0 | 4.00 | 16.0 | 4.0 | 4.00 | 1.00 / 3.00 | DAY, 2 x 3"
holds "posts a second, and how much faster" test "$(grep -cF "| mmbt | $row |" b.md)" = 2
holds "the other sections are as they were" test "$(grep -c '^stays' b.md)-$(grep -c '^## ' b.md)-$(grep -c 'vilt-b32 |' b.md)" = 2-3-0
holds "a further encoder" measure --names bert-base --precisions fp32 --json all.json
holds "an encoder measured again" measure --names lxmert-base --steps 5 --json all.json
cat >want <<TXT
fp32:
 bert-base | DAY, 2 x 3 
 mmbt | DAY, 2 x 3 
 lxmert-base | DAY, 2 x 5 
bf16:
 mmbt | DAY, 2 x 3 
 lxmert-base | DAY, 2 x 5 
TXT
grep -E '^(fp32:|bf16:|\| [a-z0-9-]+ \| [0-9])' b.md | cut -d'|' -f2,10 | sed 's/|/| /; s/|  /| /' >got
holds "rows of both precisions, in the order of the program" diff want got
holds "the file of measurements has them all" python3 -c "
import json
found = json.load(open('all.json'))
assert len(found) == 4 * 5 and found['mmbt bf16 both torch']['seconds'] == 2, found.keys()"
CPU=1 holds "a busy machine is no success" refused --names bert-base --precisions fp32
holds "said, and by which row" test "$(grep -c 'The machine was busy' b.md)-$(grep -c "(busy) |" b.md)" = 1-1
holds "measured again, it is none" measure --names bert-base
holds "nor said" test "$(grep -ci busy b.md)-$(grep -c '^| bert-base' b.md)" = 0-2
cp b.md before
BREAK=1 holds "a program that fails is no success" refused --names vit-base bernice
holds "what was measured before is written" test "$(diff before b.md | grep -c '^> | vit-base')-$(diff before b.md | grep -c '^<')" = 2-0
holds "a model that the library lacks is no failure" measure --names dinov2-small
cp "$output" said
holds "and said" grep -q "skipped: dinov2-small: too old" said
cp b.md before
TORCH=9 holds "another library: refused" refused --names mmbt
holds "what is printed only" measure --names mmbt --output -
cp "$output" said
holds "has the row" grep -qF "| mmbt | $row |" said
holds "and is not written" cmp b.md before
finish
