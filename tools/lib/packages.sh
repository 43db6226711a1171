# What building and testing auxfuse needs, and how to get it: sourced by tools/quickstart, tools/test and .ci/run.
# A line of a list: the Debian or Ubuntu package, and how to see that it is there: a program, a header or a library.

packages_build='
gcc program:gcc
g++ program:g++
cmake program:cmake
ninja-build program:ninja
pkg-config program:pkg-config
libyaml-dev header:yaml.h
libjansson-dev header:jansson.h
libcsv-dev header:csv.h
libxxhash-dev header:xxhash.h
libjpeg-dev header:jpeglib.h
libpng-dev header:png.h
zlib1g-dev header:zlib.h
libutf8proc-dev header:utf8proc.h
libdnnl-dev header:dnnl.h
libsentencepiece-dev header:sentencepiece_processor.h
'
packages_test='
check header:check.h
python3 program:python3
binutils program:readelf
'
packages_full='
clang program:clang
clang-tidy program:clang-tidy
cppcheck program:cppcheck
'

has() { # has program:NAME | header:NAME
    case $1 in
    program:*) command -v "${1#program:}" >/dev/null 2>&1 ;;
    header:*) ls "/usr/include/${1#header:}" /usr/include/*-linux-gnu/"${1#header:}" "/usr/local/include/${1#header:}" >/dev/null 2>&1 ||
        [ -n "$(find /usr/include -maxdepth 2 -name "${1#header:}" -print -quit 2>/dev/null)" ] ;;
    esac
}

# missing_packages LIST…: the names of those that are not there.
missing_packages() {
    local package sign
    printf '%s\n' "$@" | while read -r package sign; do
        [ -z "$package" ] || has "$sign" || echo "$package"
    done
}

# install_packages LIST…: installs what is missing through apt, saying what; fails with the command to type where it cannot.
# With NO_INSTALL=1 it only says what is missing.
install_packages() {
    local missing command update=(apt-get update)
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    command=(apt-get install -y --no-install-recommends "${missing[@]}")
    [ "$(id -u)" -eq 0 ] || command=(sudo "${command[@]}") update=(sudo "${update[@]}")
    if [ -n "${NO_INSTALL:-}" ] || ! command -v apt-get >/dev/null || ! command -v "${command[0]}" >/dev/null; then
        echo "missing: ${missing[*]}" >&2
        echo "install them: ${command[*]}" >&2
        return 1
    fi
    echo "installing: ${missing[*]}"
    echo "+ ${update[*]} && ${command[*]}"
    "${update[@]}" -qq </dev/null || return 1 # a fresh machine has no lists, an old one names files that are gone
    DEBIAN_FRONTEND=noninteractive "${command[@]}" </dev/null
}
