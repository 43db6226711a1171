/* Files of weights that torch.save wrote in its zip form (.bin, .pth, .pt, or any other name). */
#ifndef AXF_WEIGHTS_TORCH_FILE_H
#define AXF_WEIGHTS_TORCH_FILE_H

#include "weights/stored.h"

/* Lists the tensors of the file: those of a state dict under its keys. A dict that holds no tensor itself, but one
 * of state_dict, model_state_dict, model and weights (in this order), stands for what is in that. Tensors further
 * down, in dicts, lists and tuples, are named by the path to them, "a.0.b". A tensor alone is named "". There are at
 * most 64 levels and 20,000 tensors. Views that share bytes are each an entry, and strided ones have their strides.
 *
 * The file is read as torch_zip.h and torch_pickle.h describe it. A storage must have exactly the bytes that its
 * dtype and its number of elements ask for. Checksums are compared when values are read. There is no second reader
 * that would be less strict. */
axf_status axf_torch_file_list(const axf_stored_file *file, axf_stored_list *list);

#endif
