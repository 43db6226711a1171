/* The second name under which an image file is looked for. */
#ifndef AXF_IMAGES_SECOND_PATH_H
#define AXF_IMAGES_SECOND_PATH_H

#include "files/path.h"

/* The reference program tries a second file when an image file cannot be used: the path with every "jpg" turned into
 * "png", in the names of folders too. Writes that path into `second` and returns it; NULL when `path` holds no
 * "jpg". */
const char *axf_image_second_path(const char *path, axf_path_text *second);

#endif
