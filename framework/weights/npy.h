/* NumPy's .npy files, versions 1 to 3: one array of little-endian real or whole numbers. */
#ifndef AXF_WEIGHTS_NPY_H
#define AXF_WEIGHTS_NPY_H

#include "weights/stored.h"

/* The array as the only entry, named "". Arrays of objects (which are pickles), records, text and big-endian numbers
 * are refused; Fortran order is read. Header at most 64 KiB; the file must end where the array does. */
axf_status axf_npy_list(const axf_stored_file *file, axf_stored_list *list);

#endif
