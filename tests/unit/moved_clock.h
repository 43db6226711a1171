/* The two clocks of core/clock.h for a test that moves them by hand. A program that includes this file has these definitions in
 * place of those in core/clock.c: the linker takes a file from a static library only for a name that is still missing. */
#ifndef AXF_TEST_MOVED_CLOCK_H
#define AXF_TEST_MOVED_CLOCK_H

#include "core/clock.h"

static double moved_seconds = 1000, moved_wall_seconds = 1e9;

double axf_clock(void)
{
    return moved_seconds;
}

double axf_clock_wall(void)
{
    return moved_wall_seconds;
}

static inline void move_clocks(double seconds)
{
    moved_seconds += seconds;
    moved_wall_seconds += seconds;
}

#endif
