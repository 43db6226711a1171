/* NumPy's .npy files, versions 1 to 3. Each holds one array of little-endian real or whole numbers. */
#ifndef AXF_WEIGHTS_NPY_H
#define AXF_WEIGHTS_NPY_H

#include "weights/stored.h"

/* Lists the array as the only entry, named "". Arrays of objects (which are pickles), records, texts and big-endian
 * numbers are refused; arrays in Fortran's order are read. The header may have 64 KiB. The file must end where the
 * array ends. */
axf_status axf_npy_list(const axf_stored_file *file, axf_stored_list *list);

#endif
