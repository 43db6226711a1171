#!/usr/bin/env python3
"""Write plugins/common/tweet/entities.inc: the 252 entity names of HTML 4 (W3C), as Python's html.entities has them.

    python tools/make-entity-table.py > plugins/common/tweet/entities.inc
"""
from html.entities import name2codepoint


def main():
    assert len(name2codepoint) == 252 and max(map(len, name2codepoint)) == 8
    print("/* Made by tools/make-entity-table.py: do not edit. The entities of HTML 4, in the order of strcmp. */\n"
          "static const struct {\n    char name[9];\n    uint16_t code;\n} ENTITIES[] = {")
    for name, code in sorted(name2codepoint.items()):
        print(f'    {{"{name}", 0x{code:X}}},')
    print("};")


main()
