#!/usr/bin/env bash
# The Debian package: what it holds and depends on, and that the program works from where it is unpacked. BUILD: the build
# folder, by default that of AUXFUSE.
. "$(dirname "$0")/../lib.sh"
build=${BUILD:-$(dirname "$(dirname "$AUXFUSE")")}
if ! command -v dpkg-deb >/dev/null || ! command -v dpkg-shlibdeps >/dev/null; then
    skip "the Debian package: dpkg-deb and dpkg-shlibdeps (dpkg-dev) are not both installed"
    finish
fi
(umask 077 && cd "$build" && cpack -G DEB -B "$scratch/packages") >"$output" 2>&1 && pass "cpack" || fail "cpack"
packages=("$scratch"/packages/auxfuse_*.deb)
if [ ! -f "${packages[0]}" ] || [ ${#packages[@]} -ne 1 ]; then
    fail "one package was made, not: ${packages[*]}"
    finish
fi
package=${packages[0]}
dpkg-deb -I "$package" >information.txt
dpkg-deb -c "$package" >contents.txt

# Libraries come from dpkg-shlibdeps, those of the plugins as well.
for library in libc6 libyaml libjansson libcsv libxxhash libjpeg libpng libdnnl libutf8proc libsentencepiece zlib1g; do
    holds "it depends on $library" grep -qE "^ Depends: .*\b$library" information.txt
done
for file in bin/auxfuse include/auxfuse/plugin.h lib/cmake/auxfuse/auxfuse-config.cmake share/man/man1/auxfuse.1 \
    share/bash-completion/completions/auxfuse share/zsh/vendor-completions/_auxfuse \
    share/fish/vendor_completions.d/auxfuse.fish share/auxfuse/experiments/quickstart/attention.yml \
    share/doc/auxfuse/copyright; do
    holds "it holds $file" grep -qE " \./usr/$file$" contents.txt
done
plugins=$(find "$build/lib/auxfuse" -name '*.so' | wc -l)
holds "it holds all $plugins plugins" test "$(grep -c ' \./usr/lib/auxfuse/[^/]*\.so$' contents.txt)" = "$plugins"
holds "everything belongs to root" test "$(awk '{ print $2 }' contents.txt | sort -u)" = root/root
holds "everybody may read it, and root alone change it" \
    test "$(awk '{ print substr($1, 2) }' contents.txt | sort -u | paste -sd' ')" = "rw-r--r-- rwxr-xr-x"
holds "nothing is outside of /usr" test "$(awk '{ print $6 }' contents.txt | cut -d/ -f2 | sort -u)" = usr

# Unpacked anywhere, it works.
holds "it unpacks" dpkg-deb -x "$package" "$scratch/root"
installed=$scratch/root/usr/bin/auxfuse
holds "the program lists its plugins" "$installed" plugins
cp "$output" plugins.txt
"$AUXFUSE" plugins >all-plugins.txt 2>&1
holds "as many as the one of the build folder" diff all-plugins.txt plugins.txt
holds "an experiment of the package runs, tiny" "$installed" run --tiny -q \
    "$scratch/root/usr/share/auxfuse/experiments/mvsa/minilm-dinov2-attention.yml"
holds "the completion script of bash is one" bash -n "$scratch/root/usr/share/bash-completion/completions/auxfuse"
if grep -rlF -e "$source_dir" -e "$build" "$scratch/root/usr/"{include,lib/cmake,share} >"$output" 2>&1; then
    fail "a file of the package names the source or build folder"
else
    pass "no file of the package names the source or build folder"
fi
finish
