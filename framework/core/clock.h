/* The two clocks of the host. Both count seconds; a double holds them to better than a microsecond. */
#ifndef AXF_CORE_CLOCK_H
#define AXF_CORE_CLOCK_H

/* Seconds of the monotonic clock, for measuring how long something takes. Its zero has no meaning. */
double axf_clock(void);

/* Seconds since 1970, for dating what is written to files. This clock may be set back while a program runs. */
double axf_clock_wall(void);

#endif
