# What building and testing auxfuse needs, and how to get it: sourced by tools/quickstart, tools/test and .ci/run.
# A line of a list is a Debian or Ubuntu package and the sign that it is there:
#   program:NAME    a program on the PATH
#   module:NAME     a pkg-config module, which is also what CMake asks for
#   header:NAME     exactly this file in one of the folders of $include_folders; for libraries that no pkg-config module describes

packages_build='
gcc program:gcc
g++ program:g++
cmake program:cmake
ninja-build program:ninja
pkg-config program:pkg-config
libyaml-dev module:yaml-0.1
libjansson-dev module:jansson
libcsv-dev header:csv.h
libxxhash-dev module:libxxhash
libjpeg-dev module:libjpeg
libpng-dev module:libpng
zlib1g-dev module:zlib
libutf8proc-dev module:libutf8proc
libdnnl-dev header:dnnl.h
libsentencepiece-dev module:sentencepiece
'
packages_test='
check module:check
python3 program:python3
binutils program:readelf
'
packages_full='
clang program:clang
clang-tidy program:clang-tidy
clang-format program:clang-format
cppcheck program:cppcheck
codespell program:codespell
universal-ctags program:ctags
gcovr program:gcovr
iwyu program:include-what-you-use
man-db program:man
groff-base program:groff
dpkg-dev program:dpkg-shlibdeps
'

include_folders=(/usr/local/include /usr/include /usr/include/*-linux-gnu)

# has program:NAME | module:NAME | header:NAME
has() {
    local folder
    case $1 in
    program:*) command -v "${1#program:}" >/dev/null 2>&1 ;;
    module:*) pkg-config --exists "${1#module:}" >/dev/null 2>&1 ;;
    header:*)
        for folder in "${include_folders[@]}"; do
            [ ! -f "$folder/${1#header:}" ] || return 0
        done
        return 1
        ;;
    *)
        echo "tools/lib/packages.sh: '$1' is not a sign" >&2
        return 1
        ;;
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
