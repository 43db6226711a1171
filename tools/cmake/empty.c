/* A library needs a source; those that only collect other libraries take this one. */
typedef int axf_nothing;
