/* The way to tools/golden/ops.py and back: cases printed as JSON, and which of them have golden values. */
#ifndef AXF_TESTS_OPS_GOLDEN_H
#define AXF_TESTS_OPS_GOLDEN_H

#include "ops_table.h"

#include <jansson.h>

static const char *const op_names[] = {"",
#define OP_NAME(name, inputs, kept) #name,
                                       AXF_OP_LIST(OP_NAME)
#undef OP_NAME
};

/* Random ops have tests of their own, large cases are compared between backends only. */
static int has_golden(const op_case *c)
{
    const int random = c->op == AXF_OP_DROPOUT || (c->op == AXF_OP_ATTENTION && c->f[1] > 0);
    return !random && !c->large && c->op != AXF_OP_CUSTOM;
}

static json_t *operand_json(const op_case *c, int n)
{
    const operand *o = c->in[n].kind == SAME ? &c->in[0] : &c->in[n];
    if (o->kind == ABSENT) {
        return json_null();
    }
    json_t *shape = json_array(), *rows = o->rows != NULL ? json_array() : json_null(), *values = json_array();
    for (int d = 0; d < operand_dims(o); d++) {
        json_array_append_new(shape, json_integer(o->shape[d]));
    }
    for (int32_t b = 0; o->rows != NULL && b <= o->rows->posts; b++) {
        json_array_append_new(rows, json_integer(o->rows->offset[b]));
    }
    for (int64_t e = 0; e < operand_elements(o); e++) {
        const double value = operand_value(c, o, c->in[n].kind == SAME ? 0 : n, e);
        json_array_append_new(values, o->kind == INDEX ? json_integer((json_int_t)value) : json_real(value));
    }
    return json_pack("{s:o, s:o, s:o, s:b}", "shape", shape, "rows", rows, "values", values, "index", o->kind == INDEX);
}

static json_t *case_json(const op_case *c)
{
    json_t *in = json_array(), *i = json_array(), *f = json_array(), *shape = json_array(), *images = json_array();
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        json_array_append_new(in, operand_json(c, n));
        json_array_append_new(i, json_integer(c->i[n]));
        json_array_append_new(f, json_real(c->f[n]));
    }
    for (int d = 0; d < operand_dims(&c->out); d++) {
        json_array_append_new(shape, json_integer(c->out.shape[d]));
    }
    for (int32_t b = 0; c->images != NULL && b < c->images->posts; b++) {
        json_array_append_new(images, json_pack("[i, i, I]", c->images->height[b], c->images->width[b],
                                                (json_int_t)c->images->offset[b]));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:o, s:I}, s:o, s:b}", "name", c->name, "op", op_names[c->op], "in",
                     in, "i", i, "f", f, "out", "shape", shape, "used", (json_int_t)operand_used(&c->out), "images",
                     images, "golden", has_golden(c));
}

static void print_inputs(void)
{
    json_t *list = json_array();
    for (int i = 0; i < CASES; i++) {
        json_array_append_new(list, case_json(&cases[i]));
    }
    json_dumpf(list, stdout, JSON_COMPACT);
    json_decref(list);
}

#endif
