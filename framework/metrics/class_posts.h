/* The three numbers of posts that precision, recall and F1 of a class are computed from. */
#ifndef AXF_METRICS_CLASS_POSTS_H
#define AXF_METRICS_CLASS_POSTS_H

typedef struct axf_class_posts {
    double right;     /* posts of the class that are predicted to be of the class */
    double target;    /* all posts of the class */
    double predicted; /* all posts that are predicted to be of the class */
} axf_class_posts;

/* a / b; 0 where b is 0, like scikit-learn's zero_division=0. */
static inline double axf_ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static inline double axf_class_f1(axf_class_posts posts)
{
    return axf_ratio(2 * posts.right, posts.target + posts.predicted);
}

#endif
