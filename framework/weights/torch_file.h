/* Weight files that torch.save wrote (.bin, .pth, .pt, or any name): zip form only. */
#ifndef AXF_WEIGHTS_TORCH_FILE_H
#define AXF_WEIGHTS_TORCH_FILE_H

#include "weights/stored.h"

/* Lists the tensors of the file: those of a state dict under its keys; a dict that holds no tensor itself but one of
 * state_dict, model_state_dict, model and weights (in this order) stands for what is in there. Tensors further down, in
 * dicts, lists and tuples, are named by the path to them, "a.0.b"; a tensor alone is named "". At most 64 levels and
 * 20,000 tensors. Views that share bytes are each an entry, strided ones with their strides.
 *
 * Read as in torch_zip.h and torch_pickle.h; a storage must have exactly the bytes that its dtype and number of
 * elements ask for. Checksums are compared when values are read. There is no fallback to a reader that is less strict.
 */
axf_status axf_torch_file_list(const axf_stored_file *file, axf_stored_list *list);

#endif
