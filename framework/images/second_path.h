/* The second name under which an image file is looked for. */
#ifndef AXF_IMAGES_SECOND_PATH_H
#define AXF_IMAGES_SECOND_PATH_H

/* The reference program tries a second file when an image file cannot be used: the path with every "jpg" turned into
 * "png", in the names of folders too. Returns that path, which the caller frees, or NULL when `path` holds no "jpg". */
char *axf_image_second_path(const char *path);

#endif
