#!/usr/bin/env python3
"""Write plugins/common/tweet/emoji.inc: the English names of the single code points that emoji 2.2.0 knows.

    python -m venv v && v/bin/pip install emoji==2.2.0
    v/bin/python tools/make-emoji-table.py > plugins/common/tweet/emoji.inc
"""
import sys
from importlib.metadata import version

import emoji


def main():
    if version("emoji") != "2.2.0":
        sys.exit(f"emoji {version('emoji')} is installed, 2.2.0 is needed")
    names = {}
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000:
            continue
        name = emoji.demojize(chr(c))
        if name != chr(c):
            names[c] = name
    assert names.pop(0xFE0E) == "" and names.pop(0xFE0F) == ""
    assert len(names) == 1386 and all(n[0] == n[-1] == ":" for n in names.values())
    print("/* Made by tools/make-emoji-table.py from the Python package emoji 2.2.0 (BSD licence, copyright Taehoon\n"
          " * Kim and Kevin Wurster): do not edit. The names are Unicode CLDR short names. Ascending. */\n"
          "static const struct {\n    uint32_t code;\n    const char *name;\n} EMOJI[] = {")
    for c, name in sorted(names.items()):
        print(f'    {{0x{c:X}, "{name}"}},')
    print("};")


main()
