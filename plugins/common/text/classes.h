/* Classes of code points, as the regular expressions of the Python package regex 2022.10.31 have them. */
#ifndef AXF_COMMON_TEXT_CLASSES_H
#define AXF_COMMON_TEXT_CLASSES_H

#include <stdbool.h>
#include <stdint.h>

bool axf_code_is_word(uint32_t code);  /* \w */
bool axf_code_is_digit(uint32_t code); /* \d: a decimal digit of any script */
bool axf_code_is_space(uint32_t code); /* \s */

/* The value 0 to 9 of a decimal digit of any script, or -1 for any other code point. */
int axf_code_digit_value(uint32_t code);

#endif
