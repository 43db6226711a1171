/* How many posts of one class were there, were predicted, and both: what precision, recall and F1 of a class come from. */
#ifndef AXF_METRICS_CLASS_POSTS_H
#define AXF_METRICS_CLASS_POSTS_H

typedef struct axf_class_posts {
    double right;     /* predicted to be of the class, and so */
    double target;    /* of the class */
    double predicted; /* predicted to be of the class */
} axf_class_posts;

/* a / b, and 0 where scikit-learn's zero_division=0 applies: b is 0. */
static inline double axf_ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static inline double axf_class_f1(axf_class_posts posts)
{
    return axf_ratio(2 * posts.right, posts.target + posts.predicted);
}

#endif
